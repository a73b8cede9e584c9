/** From a caller's key to the names of things: the same key is the same command, for one caller. */
import { randomUUID } from "node:crypto"
import { digest } from "@souk/actors/cluster/Digest"
import { CommandId, OrderId, RefundId } from "@souk/domain/kernel/Ids"
import { Effect } from "effect"
import { Caller } from "../auth/Authentication.ts"
import { canonical } from "@souk/domain/kernel/Canonical"

/** The digest of several words, of which none can pass for two. */
const named = (...words: ReadonlyArray<string>): string => digest(words.join("\u0000"))

/** The order that this caller's key names. */
export const orderId = (key: string): Effect.Effect<OrderId, never, Caller> =>
  Effect.map(Caller, ({ id }) => OrderId.make(`ord_${named(id, key).slice(0, 32)}`))

/** The refund that this caller's key names, on this path. */
export const refundId = (path: string, key: string): Effect.Effect<RefundId, never, Caller> =>
  Effect.map(Caller, ({ id }) => RefundId.make(`re_${named(id, path, key).slice(0, 24)}`))

/** The command that this caller's key names, on this path; without a key, one of its own. */
export const commandId = (
  path: string,
  key: string | undefined
): Effect.Effect<CommandId, never, Caller> =>
  Effect.map(Caller, ({ id }) =>
    CommandId.make(`request/${key === undefined ? randomUUID() : named(id, path, key)}`)
  )

/** The answer with a secret that this caller's key names, on this path. */
export const secretId = (path: string, key: string): Effect.Effect<string, never, Caller> =>
  Effect.map(Caller, ({ id }) => named("secret", id, path, key))

/** What a request says: two requests with one fingerprint ask for the same. */
export const fingerprint = (method: string, path: string, body: unknown): string =>
  digest(canonical({ method, path, body }))
