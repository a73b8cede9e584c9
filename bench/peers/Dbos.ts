/**
 * DBOS Transact: the saga as a durable workflow of four steps, on the same Postgres. Each step is
 * the tuned baseline's own statements, so that the difference is what durability costs. Its steps
 * may run again after a crash; making them safe against that is work that is not done here.
 */
import { DBOS } from "@dbos-inc/dbos-sdk"
import { auditShop, execute, linesInLockOrder, openShop } from "../SqlShop.ts"
import { statements } from "../StagedTunedSql.ts"
import { type Contender, makeProviders, type Order, type Outcome } from "../Work.ts"

/** The library's own pool for its own tables keeps its default. */
const connections = 10

export const contender: Contender = {
  name: "dbos",
  start: async (databaseUrl, shelves) => {
    const pool = await openShop(databaseUrl, connections, shelves)
    const providers = makeProviders()

    const reserve = async (order: Order): Promise<boolean> => {
      const { customer, id, lines, total } = order
      const { quantities, skus } = linesInLockOrder(order)
      await execute(pool, statements.place, [id, customer, total, JSON.stringify(lines)], 1)
      const reserved = await execute(pool, statements.reserve, [id, skus, quantities, total], 1)
      return reserved.rows[0].ok === true
    }
    const authorise = async ({ id, total }: Order): Promise<void> => {
      const authorisation = await providers.authorise(id, total)
      await execute(pool, statements.authorised, [id, authorisation], 1)
    }
    const book = async ({ id }: Order): Promise<void> => {
      const tracking = await providers.bookShipment(id)
      await execute(pool, statements.booked, [id, tracking], 1)
    }
    const capture = async ({ id, total }: Order): Promise<void> => {
      await providers.capture(id, total)
      await execute(pool, statements.captured, [id], 1)
    }
    const placeOrder = DBOS.registerWorkflow(
      async (order: Order): Promise<Outcome> => {
        if (!(await DBOS.runStep(() => reserve(order), { name: "reserve" }))) return "cancelled"
        await DBOS.runStep(() => authorise(order), { name: "authorise" })
        await DBOS.runStep(() => book(order), { name: "book" })
        await DBOS.runStep(() => capture(order), { name: "capture" })
        return "confirmed"
      },
      { name: "placeOrder" }
    )
    DBOS.setConfig({
      name: "shop",
      systemDatabaseUrl: databaseUrl,
      runAdminServer: false,
      logLevel: "error"
    })
    await DBOS.launch()
    return {
      placeOrder: async (order) => {
        const handle = await DBOS.startWorkflow(placeOrder, { workflowID: order.id })(order)
        return handle.getResult()
      },
      audit: () => auditShop(pool, providers.ledger),
      stop: async () => {
        await DBOS.shutdown()
        await pool.end()
      }
    }
  }
}
