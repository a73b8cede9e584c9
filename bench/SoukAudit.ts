/** What Souk's journal says became of each order, told by the actors that did it. */
import pg from "pg"
import type { AuditedOrder, Step } from "./Work.ts"

/** Reserving is told by the stock, charging by the payment: not by the order that asked for it. */
const stepOf: Readonly<Record<string, Step>> = {
  OrderPlaced: "placed",
  StockReserved: "reserved",
  ReservationReleased: "released",
  PaymentAuthorized: "authorised",
  ShipmentBooked: "booked",
  PaymentCaptured: "captured",
  StockCommitted: "committed",
  OrderConfirmed: "confirmed",
  OrderCancelled: "cancelled"
}

const history = `
  SELECT
    coalesce(payload ->> 'orderId', substr(stream, strpos(stream, '-') + 1)) AS id,
    array_agg(type ORDER BY position) AS types
  FROM journal WHERE type = ANY ($1) GROUP BY 1`

export const auditJournal = async (
  connectionString: string,
  prefix: string
): Promise<ReadonlyArray<AuditedOrder>> => {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const { rows } = await client.query<{ id: string; types: ReadonlyArray<string> }>(history, [
    Object.keys(stepOf)
  ])
  await client.end()
  return rows.map(({ id, types }) => {
    const steps = types.flatMap((type) => stepOf[type] ?? [])
    return { id: id.slice(prefix.length), status: steps.at(-1) ?? "unknown", steps }
  })
}
