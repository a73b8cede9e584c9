/** Ids derived from idempotency keys: the same key of a caller is the same command. */
import { randomUUID } from "node:crypto"
import { digest } from "@souk/actors/cluster/Digest"
import type { Journal, Recorded, StreamId } from "@souk/actors/journal/Journal"
import { events } from "@souk/actors/journal/StreamEvents"
import { canonical } from "@souk/domain/kernel/Text"
import { CommandId, OrderId, RefundId } from "@souk/domain/kernel/Ids"
import { Effect, Option, Stream } from "effect"
import { Caller } from "../auth/Authentication.ts"
import { KeyReused } from "../Problem.ts"
import { orUnavailable } from "./ActorReplies.ts"

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

type Members = Readonly<Record<string, unknown>>

/** Refuses a repeat whose members differ from those that the first event under its id recorded. */
export const refuseOtherRequest = (
  journal: Journal["Type"],
  stream: StreamId,
  commandId: string,
  asked: Members
) =>
  events(journal, stream).pipe(
    Stream.filter(({ metadata }) => metadata.commandId === commandId),
    Stream.runHead,
    orUnavailable,
    Effect.flatMap((first) =>
      Option.exists(first, (event) => !isAsked(event, asked)) ? new KeyReused() : Effect.void
    )
  )

const isAsked = ({ payload }: Recorded, asked: Members): boolean => {
  const recorded = new Map(Object.entries(payload))
  return Object.entries(asked).every(
    ([name, value]) => canonical(value) === canonical(recorded.get(name))
  )
}
