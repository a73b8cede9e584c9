/** The stub shop's products, keys, users and journal. */
import { HttpApiBuilder, HttpServerResponse } from "@effect/platform"
import { ApiKeyId, CommandId, type Sku, UserId } from "@souk/domain/kernel/Ids"
import { ProductNotFound } from "@souk/domain/catalog/ProductCommand"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import { ApiKeyNotFound, ScopesNotGrantable, type ToldApiKey } from "@souk/http/auth/ApiKeyApi"
import { type User, UserNotFound } from "@souk/http/auth/UserApi"
import type { Product } from "@souk/http/catalog/ProductApi"
import { NotReady } from "@souk/http/health/HealthApi"
import type { Reminder } from "@souk/http/operations/OperationsApi"
import type { JournalRow, Snapshot } from "@souk/http/journal/JournalApi"
import { Array as Arr, Clock, Effect, Layer, Redacted, Struct } from "effect"
import { Api } from "./StubApi.ts"

const at = fromMillis(1_700_000_000_000)

const onePage = <Item>(data: ReadonlyArray<Item>) =>
  Effect.succeed({ object: "list" as const, data, hasMore: false, url: "/v1" })

const products = HttpApiBuilder.group(Api, "products", (handlers) => {
  const all = new Map<Sku, Product>()
  return handlers
    .handle("get", ({ path: { sku } }) =>
      Effect.suspend(() => {
        const found = all.get(sku)
        return found === undefined ? new ProductNotFound({ sku }) : Effect.succeed(found)
      })
    )
    .handle("list", () => Effect.suspend(() => onePage([...all.values()])))
    .handle("put", ({ path: { sku }, payload }) =>
      Effect.sync(() => {
        const product: Product = { sku, ...payload, listedAt: at, updatedAt: at, available: 0 }
        const status = all.has(sku) ? 200 : 201
        all.set(sku, product)
        return HttpServerResponse.unsafeJson(product, { status })
      })
    )
})

export const keyId = ApiKeyId.make("key_0000000000000001")

const key: typeof ToldApiKey.Type = {
  id: keyId,
  name: "warehouse",
  scopes: ["stock:read"],
  hint: "beef",
  createdAt: at,
  key: Redacted.make("sk_dead_beef")
}

const apiKeys = HttpApiBuilder.group(Api, "apiKeys", (handlers) =>
  handlers
    .handle("create", ({ payload: { name, scopes } }) =>
      scopes.includes("keys:write")
        ? new ScopesNotGrantable({ scopes: ["keys:write"] })
        : Effect.succeed({ ...key, name, scopes })
    )
    .handle("list", () => onePage([Struct.omit(key, "key")]))
    .handle("rotate", ({ path: { id } }) =>
      id === keyId ? Effect.succeed({ ...key, previousGoodUntil: at }) : new ApiKeyNotFound()
    )
    .handle("revoke", ({ path: { id } }) =>
      id === keyId
        ? Effect.succeed({ ...Struct.omit(key, "key"), revokedAt: at })
        : new ApiKeyNotFound()
    )
)

export const userId = UserId.make("usr_0000000000000001")

const ada: User = {
  id: userId,
  email: "ada@example.com",
  name: "Ada",
  role: "customer",
  createdAt: at
}

const users = HttpApiBuilder.group(Api, "users", (handlers) =>
  handlers
    .handle("list", () => onePage([ada]))
    .handle("setRole", ({ path: { id }, payload: { role } }) =>
      id === userId ? Effect.succeed({ ...ada, role }) : new UserNotFound()
    )
)

/** More than one page, with the holes that rolled-back transactions leave. */
export const events: ReadonlyArray<JournalRow> = Arr.makeBy(1_234, (index) => ({
  position: (index + 1) * 3,
  stream: "inventory-CUP-1",
  version: index + 1,
  type: "StockReceived",
  schemaVersion: 1,
  payload: { sku: "CUP-1", quantity: 1, at },
  metadata: {
    commandId: CommandId.make(`c-${index}`),
    correlationId: "c",
    causationId: "c",
    who: "admin"
  },
  recordedAt: at
}))

const journal = HttpApiBuilder.group(Api, "journal", (handlers) =>
  handlers
    .handle("read", ({ urlParams: { after = 0, limit = 100 } }) => {
      const data = state.events.filter(({ position }) => position > after).slice(0, limit)
      return Effect.succeed({ data, next: data.at(-1)?.position ?? null })
    })
    .handle("snapshots", ({ urlParams: { after = "" } }) => {
      // One a page.
      const first = state.snapshots.find(({ stream }) => stream > after)
      const data = first === undefined ? [] : [first]
      return Effect.succeed({ data, next: first?.stream ?? null })
    })
)

/** The state of the stub shop; tests may change it. */
export const state: {
  isReady: boolean
  reminders: ReadonlyArray<Reminder>
  skewMs: number
  events: ReadonlyArray<JournalRow>
  snapshots: ReadonlyArray<Snapshot>
} = {
  isReady: true,
  reminders: [],
  skewMs: 0,
  events,
  snapshots: []
}

/** Runs `effect` while the shop is in another state than usual. */
export const whileIn = <A, E, R>(other: Partial<typeof state>, effect: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const before = { ...state }
      Object.assign(state, other)
      return before
    }),
    () => effect,
    (before) => Effect.sync(() => Object.assign(state, before))
  )

const health = HttpApiBuilder.group(Api, "health", (handlers) =>
  handlers
    .handle("live", () => Effect.succeed({ status: "ok" } as const))
    .handle("ready", () =>
      Effect.suspend(() => {
        const checks = [{ name: "database", isOk: state.isReady, detail: "commits" }]
        return state.isReady
          ? Effect.succeed({ status: "ready" as const, checks })
          : new NotReady({ checks })
      })
    )
)

const operations = HttpApiBuilder.group(Api, "operations", (handlers) =>
  handlers
    .handle("reminders", () =>
      Effect.map(Clock.currentTimeMillis, (ms) => {
        return { data: state.reminders, at: fromMillis(ms + state.skewMs) }
      })
    )
    .handle("resume", ({ path: { id } }) =>
      Effect.succeed({
        id,
        status: "pending" as const,
        version: 3,
        isAtRest: false,
        waitsFor: ["the carrier, to take the parcel"],
        payment: "captured" as const
      })
    )
)

export const layer = Layer.mergeAll(products, apiKeys, users, journal, health, operations)
