/** The baseline tuned as far as it goes: the same saga, each step one statement. */
import type pg from "pg"
import {
  auditShop,
  execute,
  linesInLockOrder,
  onceById,
  openShop,
  type Statement
} from "./SqlShop.ts"
import { type Contender, makeProviders, type Order, type Outcome, type Providers } from "./Work.ts"

// Few, as measured: beyond 6 they gain nothing and wait longer in the queues of hot rows.
const connections = 6

/** Each step commits its outcome together with the intent of the call that follows it. */
const place: Statement = {
  name: "place",
  text: `
    WITH placed AS (
      INSERT INTO orders (id, customer, status, total, lines) VALUES ($1, $2, 'placed', $3, $4)
    )
    INSERT INTO events (order_id, type, payload) VALUES ($1, 'OrderPlaced', $4)`
}

/** All lines or none. Rows are locked in the order of their SKUs, so that orders never deadlock. */
const reserve: Statement = {
  name: "reserve",
  text: `
    WITH locked AS MATERIALIZED (
      SELECT stock.sku, wanted.quantity, on_hand - reserved >= wanted.quantity AS enough
      FROM unnest($2::text[], $3::integer[]) AS wanted (sku, quantity) JOIN stock USING (sku)
      ORDER BY stock.sku FOR NO KEY UPDATE OF stock
    ), verdict AS (
      SELECT count(*) FILTER (WHERE enough) = cardinality($2) AS ok FROM locked
    ), taken AS (
      UPDATE stock SET reserved = reserved + locked.quantity FROM locked, verdict
      WHERE ok AND stock.sku = locked.sku AND on_hand - reserved >= locked.quantity
      RETURNING stock.sku, locked.quantity
    ), held AS (
      INSERT INTO reservations (order_id, sku, quantity, status)
      SELECT $1, sku, quantity, 'held' FROM taken
    ), intent AS (
      INSERT INTO payments (order_id, amount, status)
      SELECT $1, $4, 'authorising' FROM verdict WHERE ok
    ), moved AS (
      UPDATE orders SET status = CASE WHEN ok THEN 'authorising' ELSE 'cancelled' END
      FROM verdict WHERE id = $1 AND status = 'placed'
    ), told AS (
      INSERT INTO events (order_id, type, payload)
      SELECT $1, 'StockReserved', jsonb_build_object('sku', sku, 'quantity', quantity) FROM taken
      UNION ALL
      SELECT $1, 'OrderCancelled', '{"reason": "out_of_stock"}' FROM verdict WHERE NOT ok
    )
    SELECT ok FROM verdict`
}

const authorised: Statement = {
  name: "authorised",
  text: `
    WITH outcome AS (
      UPDATE payments SET status = 'authorised', authorisation = $2
      WHERE order_id = $1 AND status = 'authorising'
    ), intent AS (
      INSERT INTO shipments (order_id, status) VALUES ($1, 'booking')
    ), told AS (
      INSERT INTO events (order_id, type, payload)
      VALUES ($1, 'PaymentAuthorised', jsonb_build_object('authorisation', $2))
    )
    UPDATE orders SET status = 'booking' WHERE id = $1 AND status = 'authorising'`
}

const booked: Statement = {
  name: "booked",
  text: `
    WITH outcome AS (
      UPDATE shipments SET status = 'booked', tracking = $2
      WHERE order_id = $1 AND status = 'booking'
    ), intent AS (
      UPDATE payments SET status = 'capturing' WHERE order_id = $1 AND status = 'authorised'
    ), told AS (
      INSERT INTO events (order_id, type, payload)
      VALUES ($1, 'ShipmentBooked', jsonb_build_object('tracking', $2))
    )
    UPDATE orders SET status = 'capturing' WHERE id = $1 AND status = 'booking'`
}

/** No call separates the last steps, so they are one: captured, stock committed, confirmed. */
const captured: Statement = {
  name: "captured",
  text: `
    WITH locked AS MATERIALIZED (
      SELECT stock.sku, held.quantity FROM reservations AS held JOIN stock USING (sku)
      WHERE held.order_id = $1 AND held.status = 'held'
      ORDER BY stock.sku FOR NO KEY UPDATE OF stock
    ), gone AS (
      UPDATE stock SET on_hand = on_hand - quantity, reserved = reserved - quantity
      FROM locked WHERE stock.sku = locked.sku RETURNING stock.sku, quantity
    ), used AS (
      UPDATE reservations SET status = 'committed' WHERE order_id = $1 AND status = 'held'
    ), outcome AS (
      UPDATE payments SET status = 'captured' WHERE order_id = $1 AND status = 'capturing'
    ), told AS (
      INSERT INTO events (order_id, type, payload)
      SELECT $1, type, payload FROM (
        SELECT 1 AS rank, 'PaymentCaptured' AS type, '{}'::jsonb AS payload
        UNION ALL
        SELECT 2, 'StockCommitted', jsonb_build_object('sku', sku, 'quantity', quantity) FROM gone
        UNION ALL
        SELECT 3, 'OrderConfirmed', '{}'
      ) AS history ORDER BY rank
    )
    UPDATE orders SET status = 'confirmed' WHERE id = $1 AND status = 'capturing'`
}

/** For contenders that run the same steps in another way. */
export const statements = { place, reserve, authorised, booked, captured }

const placeOrder = async (pool: pg.Pool, providers: Providers, order: Order): Promise<Outcome> => {
  const { id, customer, total } = order
  const { skus, quantities } = linesInLockOrder(order)
  await execute(pool, place, [id, customer, total, JSON.stringify(order.lines)], 1)
  const reserved = await execute(pool, reserve, [id, skus, quantities, total], 1)
  if (reserved.rows[0].ok !== true) return "cancelled"
  const authorisation = await providers.authorise(id, total)
  await execute(pool, authorised, [id, authorisation], 1)
  const tracking = await providers.bookShipment(id)
  await execute(pool, booked, [id, tracking], 1)
  await providers.capture(id, total)
  await execute(pool, captured, [id], 1)
  return "confirmed"
}

export const contender: Contender = {
  name: "stagedTuned",
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
