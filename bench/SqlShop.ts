/** The tables, the pool and the audit that the hand-written SQL contenders share. */
import pg from "pg"
import { setTimeout as sleep } from "node:timers/promises"
import type { Audit, Order, Outcome, ProviderLedger, Shelves, Step } from "./Work.ts"

/** Room is left on the pages of rows that are updated, so that updates stay off the indexes. */
const schema = `
CREATE TABLE stock (
  sku text PRIMARY KEY,
  on_hand integer NOT NULL,
  reserved integer NOT NULL DEFAULT 0,
  CHECK (reserved BETWEEN 0 AND on_hand)
) WITH (fillfactor = 50);

CREATE TABLE orders (
  id uuid PRIMARY KEY,
  customer text NOT NULL,
  status text NOT NULL,
  total integer NOT NULL,
  lines jsonb NOT NULL,
  placed_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE reservations (
  order_id uuid NOT NULL,
  sku text NOT NULL,
  quantity integer NOT NULL,
  status text NOT NULL,
  PRIMARY KEY (order_id, sku)
) WITH (fillfactor = 50);

CREATE TABLE payments (
  order_id uuid PRIMARY KEY,
  amount integer NOT NULL,
  status text NOT NULL,
  authorisation text
) WITH (fillfactor = 50);

CREATE TABLE shipments (
  order_id uuid PRIMARY KEY,
  status text NOT NULL,
  tracking text
) WITH (fillfactor = 50);

CREATE TABLE events (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id uuid NOT NULL,
  type text NOT NULL,
  payload jsonb NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_of_order ON events (order_id, position);
`

export interface Statement {
  readonly name: string
  readonly text: string
}

/** A pool on the shop's tables, with the shelves filled. */
export const openShop = async (
  connectionString: string,
  connections: number,
  shelves: Shelves
): Promise<pg.Pool> => {
  const pool = new pg.Pool({ connectionString, max: connections, idleTimeoutMillis: 0 })
  // A connection that breaks while idle is replaced; one that breaks in use fails its query.
  pool.on("error", () => {})
  await pool.query(schema)
  await pool.query("INSERT INTO stock SELECT * FROM unnest($1::text[], $2::integer[])", [
    shelves.map((item) => item.sku),
    shelves.map((item) => item.onHand)
  ])
  await pool.query("ANALYZE stock")
  return pool
}

/** One order's lines as the arrays the statements take, in the order in which rows are locked. */
export const linesInLockOrder = (order: Order) => {
  const lines = order.lines.toSorted((a, b) => (a.sku < b.sku ? -1 : 1))
  return { skus: lines.map((line) => line.sku), quantities: lines.map((line) => line.quantity) }
}

/** Runs a prepared statement, which must touch or return exactly so many rows. */
export const execute = async (
  on: pg.Pool | pg.PoolClient,
  statement: Statement,
  values: ReadonlyArray<unknown>,
  rows: number
): Promise<pg.QueryResult> => {
  const result = await on.query({ ...statement, values: [...values] })
  if (result.rowCount === rows) return result
  throw new Error(`${statement.name}: ${result.rowCount} rows where ${rows} were due`)
}

const uniqueViolation = "23505"

/** How often, and for how long altogether, a repeat looks what became of the first. */
const lookMs = 20
const lookMsMax = 30_000

/**
 * A request under an id that is taken is a repeat: its client is told to ask again until the first
 * has come to its end, and gets the answer of the first.
 */
export const onceById = async (
  pool: pg.Pool,
  { id }: Order,
  place: () => Promise<Outcome>
): Promise<Outcome> => {
  try {
    return await place()
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== uniqueViolation) throw error
  }
  for (let waited = 0; waited < lookMsMax; waited += lookMs) {
    const { rows } = await pool.query<{ status: string }>({ ...statusOf, values: [id] })
    const status = rows[0]?.status
    if (status === "confirmed" || status === "cancelled") return status
    await sleep(lookMs)
  }
  throw new Error(`order ${id} is still under way after ${lookMsMax} ms`)
}

const statusOf: Statement = { name: "status-of", text: "SELECT status FROM orders WHERE id = $1" }

const stepOf: Readonly<Record<string, Step>> = {
  OrderPlaced: "placed",
  StockReserved: "reserved",
  PaymentAuthorised: "authorised",
  ShipmentBooked: "booked",
  PaymentCaptured: "captured",
  StockCommitted: "committed",
  OrderConfirmed: "confirmed",
  OrderCancelled: "cancelled"
}

export const auditShop = async (pool: pg.Pool, ledger: ProviderLedger): Promise<Audit> => {
  const orders = await pool.query<{ id: string; status: string; types: ReadonlyArray<string> }>(`
    SELECT replace(o.id::text, '-', '') AS id, o.status,
      array_agg(e.type ORDER BY e.position) AS types
    FROM orders o JOIN events e ON e.order_id = o.id GROUP BY o.id`)
  const stock = await pool.query<{ sku: string; onHand: number; reserved: number }>(
    `SELECT sku, on_hand AS "onHand", reserved FROM stock`
  )
  return {
    orders: orders.rows.map(({ id, status, types }) => ({
      id,
      status,
      steps: types.map((type) => stepNamed(type))
    })),
    stock: stock.rows,
    ledger
  }
}

const stepNamed = (type: string): Step => {
  const step = stepOf[type]
  if (step === undefined) throw new Error(`an event of unknown type ${type}`)
  return step
}
