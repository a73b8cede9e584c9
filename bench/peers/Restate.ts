/**
 * Restate: the order is a workflow, each item a virtual object, both on the server's own log and
 * state. It needs no Postgres and writes no events; what the audit reads is the state it keeps.
 */
import * as restate from "@restatedev/restate-sdk"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { restateServer } from "../Peers.ts"
import { freePort } from "../Postgres.ts"
import { makeClient } from "../SoukClient.ts"
import {
  type AuditedOrder,
  type AuditedStock,
  type Contender,
  makeProviders,
  type Order,
  type OrderLine,
  type Outcome,
  type Providers,
  type Step
} from "../Work.ts"

interface Shelf {
  readonly onHand: number
  readonly reserved: number
}

const shelfOf = async (ctx: restate.ObjectContext): Promise<Shelf> =>
  (await ctx.get<Shelf>("shelf")) ?? { onHand: 0, reserved: 0 }

const stock = restate.object({
  name: "stock",
  handlers: {
    receive: async (ctx: restate.ObjectContext, quantity: number): Promise<void> => {
      const { onHand, reserved } = await shelfOf(ctx)
      ctx.set("shelf", { onHand: onHand + quantity, reserved })
    },
    reserve: async (ctx: restate.ObjectContext, quantity: number): Promise<boolean> => {
      const { onHand, reserved } = await shelfOf(ctx)
      if (onHand - reserved < quantity) return false
      ctx.set("shelf", { onHand, reserved: reserved + quantity })
      return true
    },
    release: async (ctx: restate.ObjectContext, quantity: number): Promise<void> => {
      const { onHand, reserved } = await shelfOf(ctx)
      ctx.set("shelf", { onHand, reserved: reserved - quantity })
    },
    commit: async (ctx: restate.ObjectContext, quantity: number): Promise<void> => {
      const { onHand, reserved } = await shelfOf(ctx)
      ctx.set("shelf", { onHand: onHand - quantity, reserved: reserved - quantity })
    }
  }
})

const orderOf = (providers: Providers) => {
  const item = (ctx: restate.WorkflowContext, { sku }: OrderLine) =>
    ctx.objectClient<typeof stock>({ name: "stock" }, sku)
  const end = (ctx: restate.WorkflowContext, outcome: Outcome, steps: ReadonlyArray<Step>) => {
    ctx.set("history", { status: outcome, steps })
    return outcome
  }
  const run = async (ctx: restate.WorkflowContext, order: Order): Promise<Outcome> => {
    const { id, lines, total } = order
    const taken = await restate.RestatePromise.all(
      lines.map((line) => item(ctx, line).reserve(line.quantity))
    )
    const held = lines.filter((_, at) => taken[at])
    const reserved = held.map((): Step => "reserved")
    if (held.length < lines.length) {
      for (const line of held) await item(ctx, line).release(line.quantity)
      const released = held.map((): Step => "released")
      return end(ctx, "cancelled", ["placed", ...reserved, ...released, "cancelled"])
    }
    await ctx.run("authorise", () => providers.authorise(id, total))
    await ctx.run("book", () => providers.bookShipment(id))
    await ctx.run("capture", () => providers.capture(id, total))
    await restate.RestatePromise.all(lines.map((line) => item(ctx, line).commit(line.quantity)))
    const committed = lines.map((): Step => "committed")
    return end(ctx, "confirmed", [
      "placed",
      ...reserved,
      "authorised",
      "booked",
      "captured",
      ...committed,
      "confirmed"
    ])
  }
  return restate.workflow({ name: "order", handlers: { run } })
}

const readyMsMax = 60_000

/** The server in a folder of its own, with the settings that it comes with. */
const startServer = async () => {
  const [ingress, admin, node] = [await freePort(), await freePort(), await freePort()]
  const folder = mkdtempSync(join(tmpdir(), "souk-restate-"))
  const server = spawn(restateServer(), ["--no-logo"], {
    cwd: folder,
    stdio: "ignore",
    env: {
      ...process.env,
      RESTATE_LISTEN_MODE: "tcp",
      RESTATE_BIND_IP: "127.0.0.1",
      RESTATE_BIND_PORT: String(node),
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_DISABLE_TELEMETRY: "true",
      RUST_LOG: "error"
    }
  })
  const abandon = () => {
    server.kill("SIGKILL")
    rmSync(folder, { recursive: true, force: true })
  }
  process.once("exit", abandon)
  const stop = async () => {
    const gone = once(server, "exit")
    server.kill("SIGTERM")
    await gone
    process.off("exit", abandon)
    rmSync(folder, { recursive: true, force: true })
  }
  return { pid: server.pid ?? 0, ingress, admin, stop }
}

type Client = ReturnType<typeof makeClient>

const untilReady = async ({ send }: Client, path: string): Promise<void> => {
  for (let waited = 0; waited < readyMsMax; waited += 250) {
    const { status } = await send("GET", path).catch(() => ({ status: 0 }))
    if (status === 200) return
    await sleep(250)
  }
  throw new Error(`Restate was not ready within ${readyMsMax} ms`)
}

const must = (answer: { readonly status: number; readonly body: unknown }): unknown => {
  if (answer.status < 300) return answer.body
  throw new Error(`Restate says ${answer.status}: ${JSON.stringify(answer.body)}`)
}

/** Every key of a service with the one value it keeps. */
const stateOf = async <Value>({ send }: Client, service: string) => {
  const query = `SELECT service_key, value_utf8 FROM state WHERE service_name = '${service}'`
  const body = must(await send("POST", "/query", { query }, { accept: "application/json" }))
  const { rows } = body as {
    readonly rows: ReadonlyArray<{ readonly service_key: string; readonly value_utf8: string }>
  }
  return rows.map((row) => [row.service_key, JSON.parse(row.value_utf8) as Value] as const)
}

export const contender: Contender = {
  name: "restate",
  start: async (_, shelves) => {
    const providers = makeProviders()
    const server = await startServer()
    const admin = makeClient(server.admin, "")
    const ingress = makeClient(server.ingress, "")
    await untilReady(admin, "/health")
    const port = await freePort()
    await restate.serve({ services: [stock, orderOf(providers)], port })
    must(await admin.send("POST", "/deployments", { uri: `http://127.0.0.1:${port}` }))
    await untilReady(ingress, "/restate/health")
    for (const { onHand, sku } of shelves) {
      must(await ingress.send("POST", `/stock/${sku}/receive`, onHand))
    }
    return {
      processes: [process.pid, server.pid],
      placeOrder: async (order): Promise<Outcome> => {
        const first = await ingress.send("POST", `/order/${order.id}/run`, order)
        const attach = `/restate/workflow/order/${order.id}/attach`
        const answer = first.status === 409 ? await ingress.send("GET", attach) : first
        const outcome = must(answer)
        if (outcome === "confirmed" || outcome === "cancelled") return outcome
        throw new Error(`order ${order.id}: ${JSON.stringify(outcome)}`)
      },
      audit: async () => ({
        orders: (await stateOf<Omit<AuditedOrder, "id">>(admin, "order")).map(([id, order]) => ({
          id,
          ...order
        })),
        stock: (await stateOf<Shelf>(admin, "stock")).map(([sku, shelf]): AuditedStock => ({
          sku,
          ...shelf
        })),
        ledger: providers.ledger
      }),
      stop: async () => {
        admin.close()
        ingress.close()
        await server.stop()
      }
    }
  }
}
