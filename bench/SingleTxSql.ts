/** The ceiling of the simple design: the whole order in one transaction, calls included. */
import {
  auditShop,
  execute,
  linesInLockOrder,
  onceById,
  openShop,
  type Statement
} from "./SqlShop.ts"
import { type Contender, makeProviders, type Order, type Outcome, type Providers } from "./Work.ts"
import type pg from "pg"

// Few, as measured: beyond 6 they gain nothing and wait longer in the queues of hot rows.
const connections = 6

/**
 * Stock is checked and taken before anything is charged; no other transaction sees the rows before
 * the commit, so reserving and committing are one update. A crash after a call leaves a charge
 * without an order.
 */
const take: Statement = {
  name: "take",
  text: `
    WITH locked AS MATERIALIZED (
      SELECT stock.sku, wanted.quantity, on_hand - reserved >= wanted.quantity AS enough
      FROM unnest($2::text[], $3::integer[]) AS wanted (sku, quantity) JOIN stock USING (sku)
      ORDER BY stock.sku FOR NO KEY UPDATE OF stock
    ), verdict AS (
      SELECT count(*) FILTER (WHERE enough) = cardinality($2) AS ok FROM locked
    ), taken AS (
      UPDATE stock SET on_hand = on_hand - locked.quantity FROM locked, verdict
      WHERE ok AND stock.sku = locked.sku AND on_hand - reserved >= locked.quantity
      RETURNING stock.sku, locked.quantity
    ), used AS (
      INSERT INTO reservations (order_id, sku, quantity, status)
      SELECT $1, sku, quantity, 'committed' FROM taken
    ), placed AS (
      INSERT INTO orders (id, customer, status, total, lines)
      SELECT $1, $4, CASE WHEN ok THEN 'confirmed' ELSE 'cancelled' END, $5, $6 FROM verdict
    ), told AS (
      INSERT INTO events (order_id, type, payload)
      SELECT $1, type, payload FROM (
        SELECT 1 AS rank, 'OrderPlaced' AS type, $6::jsonb AS payload
        UNION ALL
        SELECT 2, 'StockReserved', jsonb_build_object('sku', sku, 'quantity', quantity) FROM taken
        UNION ALL
        SELECT 3, 'OrderCancelled', '{"reason": "out_of_stock"}' FROM verdict WHERE NOT ok
      ) AS history ORDER BY rank
    )
    SELECT ok FROM verdict`
}

const charged: Statement = {
  name: "charged",
  text: `
    WITH paid AS (
      INSERT INTO payments (order_id, amount, status, authorisation)
      VALUES ($1, $2, 'captured', $3)
    ), sent AS (
      INSERT INTO shipments (order_id, status, tracking) VALUES ($1, 'booked', $4)
    )
    INSERT INTO events (order_id, type, payload)
    SELECT $1, type, payload FROM (
      VALUES
        (1, 'PaymentAuthorised', jsonb_build_object('authorisation', $3)),
        (2, 'ShipmentBooked', jsonb_build_object('tracking', $4)),
        (3, 'PaymentCaptured', '{}'),
        (5, 'OrderConfirmed', '{}')
      UNION ALL
      SELECT 4, 'StockCommitted', jsonb_build_object('sku', sku, 'quantity', quantity)
      FROM unnest($5::text[], $6::integer[]) AS line (sku, quantity)
    ) AS history (rank, type, payload) ORDER BY rank`
}

const inTransaction = async (
  client: pg.PoolClient,
  providers: Providers,
  order: Order
): Promise<Outcome> => {
  const { id, customer, total } = order
  const { skus, quantities } = linesInLockOrder(order)
  const lines = JSON.stringify(order.lines)
  const taken = await execute(client, take, [id, skus, quantities, customer, total, lines], 1)
  if (taken.rows[0].ok !== true) return "cancelled"
  const authorisation = await providers.authorise(id, total)
  const tracking = await providers.bookShipment(id)
  await providers.capture(id, total)
  const values = [id, total, authorisation, tracking, skus, quantities]
  await execute(client, charged, values, 4 + skus.length)
  return "confirmed"
}

const placeOrder = async (pool: pg.Pool, providers: Providers, order: Order): Promise<Outcome> => {
  const client = await pool.connect()
  try {
    await client.query("BEGIN")
    const outcome = await inTransaction(client, providers, order)
    await client.query("COMMIT")
    return outcome
  } catch (error) {
    await client.query("ROLLBACK")
    throw error
  } finally {
    client.release()
  }
}

export const contender: Contender = {
  name: "singleTx",
  start: async (databaseUrl, shelves) => {
    const pool = await openShop(databaseUrl, connections, shelves)
    const providers = makeProviders()
    return {
      placeOrder: (order) => onceById(pool, order, () => placeOrder(pool, providers, order)),
      audit: () => auditShop(pool, providers.ledger),
      stop: () => pool.end()
    }
  }
}
