/**
 * The baseline: a hand-written saga in SQL, one transaction a step.
 */
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

/** The default of `pg`. `StagedTunedSql.ts` has the number measured best. */
const connections = 10

const sql = {
  insertOrder: {
    name: "insert-order",
    text: `INSERT INTO orders (id, customer, status, total, lines)
      VALUES ($1, $2, 'placed', $3, $4)`
  },
  moveOrder: {
    name: "move-order",
    text: `UPDATE orders SET status = $3 WHERE id = $1 AND status = $2`
  },
  insertEvents: {
    name: "insert-events",
    text: `INSERT INTO events (order_id, type, payload)
      SELECT $1, type, payload FROM unnest($2::text[], $3::jsonb[]) AS event (type, payload)`
  },
  takeStock: {
    name: "take-stock",
    text: `UPDATE stock SET reserved = reserved + $2 WHERE sku = $1 AND on_hand - reserved >= $2`
  },
  commitStock: {
    name: "commit-stock",
    text: `UPDATE stock SET on_hand = on_hand - $2, reserved = reserved - $2 WHERE sku = $1`
  },
  insertReservations: {
    name: "insert-reservations",
    text: `INSERT INTO reservations (order_id, sku, quantity, status)
      SELECT $1, sku, quantity, 'held'
      FROM unnest($2::text[], $3::integer[]) AS line (sku, quantity)`
  },
  commitReservations: {
    name: "commit-reservations",
    text: `UPDATE reservations SET status = 'committed' WHERE order_id = $1 AND status = 'held'`
  },
  insertPayment: {
    name: "insert-payment",
    text: `INSERT INTO payments (order_id, amount, status) VALUES ($1, $2, 'authorising')`
  },
  movePayment: {
    name: "move-payment",
    text: `UPDATE payments SET status = $3, authorisation = $4 WHERE order_id = $1 AND status = $2`
  },
  insertShipment: {
    name: "insert-shipment",
    text: `INSERT INTO shipments (order_id, status) VALUES ($1, 'booking')`
  },
  bookShipment: {
    name: "book-shipment",
    text: `UPDATE shipments SET status = 'booked', tracking = $2
      WHERE order_id = $1 AND status = 'booking'`
  }
} satisfies Record<string, Statement>

class OutOfStock extends Error {}

const transaction = async (
  pool: pg.Pool,
  body: (client: pg.PoolClient) => Promise<void>
): Promise<void> => {
  const client = await pool.connect()
  try {
    await client.query("BEGIN")
    await body(client)
    await client.query("COMMIT")
  } catch (error) {
    await client.query("ROLLBACK")
    throw error
  } finally {
    client.release()
  }
}

const tell = (client: pg.PoolClient, id: string, events: ReadonlyArray<[string, unknown]>) =>
  execute(
    client,
    sql.insertEvents,
    [id, events.map(([type]) => type), events.map(([, payload]) => JSON.stringify(payload))],
    events.length
  )

const place = (pool: pg.Pool, order: Order) =>
  transaction(pool, async (client) => {
    const { id, customer, total, lines } = order
    await execute(client, sql.insertOrder, [id, customer, total, JSON.stringify(lines)], 1)
    await tell(client, id, [["OrderPlaced", lines]])
  })

/** The guarded update decides, so it comes first; SKUs in order, so that orders never deadlock. */
const reserve = async (pool: pg.Pool, order: Order): Promise<boolean> => {
  const { skus, quantities } = linesInLockOrder(order)
  try {
    await transaction(pool, async (client) => {
      for (const [index, sku] of skus.entries()) {
        const taken = await client.query({ ...sql.takeStock, values: [sku, quantities[index]] })
        if (taken.rowCount === 0) throw new OutOfStock(sku)
      }
      await execute(client, sql.insertReservations, [order.id, skus, quantities], skus.length)
      await execute(client, sql.insertPayment, [order.id, order.total], 1)
      await execute(client, sql.moveOrder, [order.id, "placed", "authorising"], 1)
      await tell(
        client,
        order.id,
        skus.map((sku, index) => ["StockReserved", { sku, quantity: quantities[index] }])
      )
    })
    return true
  } catch (error) {
    if (error instanceof OutOfStock) return false
    throw error
  }
}

const cancel = (pool: pg.Pool, id: string) =>
  transaction(pool, async (client) => {
    await execute(client, sql.moveOrder, [id, "placed", "cancelled"], 1)
    await tell(client, id, [["OrderCancelled", { reason: "out_of_stock" }]])
  })

const recordAuthorised = (pool: pg.Pool, id: string, authorisation: string) =>
  transaction(pool, async (client) => {
    await execute(client, sql.movePayment, [id, "authorising", "authorised", authorisation], 1)
    await execute(client, sql.insertShipment, [id], 1)
    await execute(client, sql.moveOrder, [id, "authorising", "booking"], 1)
    await tell(client, id, [["PaymentAuthorised", { authorisation }]])
  })

const recordBooked = (pool: pg.Pool, id: string, authorisation: string, tracking: string) =>
  transaction(pool, async (client) => {
    await execute(client, sql.bookShipment, [id, tracking], 1)
    await execute(client, sql.movePayment, [id, "authorised", "capturing", authorisation], 1)
    await execute(client, sql.moveOrder, [id, "booking", "capturing"], 1)
    await tell(client, id, [["ShipmentBooked", { tracking }]])
  })

const recordCaptured = (pool: pg.Pool, order: Order, authorisation: string) =>
  transaction(pool, async (client) => {
    const { id } = order
    const { skus, quantities } = linesInLockOrder(order)
    await execute(client, sql.movePayment, [id, "capturing", "captured", authorisation], 1)
    for (const [index, sku] of skus.entries()) {
      await execute(client, sql.commitStock, [sku, quantities[index]], 1)
    }
    await execute(client, sql.commitReservations, [id], skus.length)
    await execute(client, sql.moveOrder, [id, "capturing", "confirmed"], 1)
    await tell(client, id, [
      ["PaymentCaptured", {}],
      ...skus.map((sku, index): [string, unknown] => [
        "StockCommitted",
        { sku, quantity: quantities[index] }
      ]),
      ["OrderConfirmed", {}]
    ])
  })

const placeOrder = async (pool: pg.Pool, providers: Providers, order: Order): Promise<Outcome> => {
  const { id, total } = order
  await place(pool, order)
  if (!(await reserve(pool, order))) {
    await cancel(pool, id)
    return "cancelled"
  }
  const authorisation = await providers.authorise(id, total)
  await recordAuthorised(pool, id, authorisation)
  const tracking = await providers.bookShipment(id)
  await recordBooked(pool, id, authorisation, tracking)
  await providers.capture(id, total)
  await recordCaptured(pool, order, authorisation)
  return "confirmed"
}

export const contender: Contender = {
  name: "staged",
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
