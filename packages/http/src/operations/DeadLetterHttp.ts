/** Dead letters over HTTP, for operators. */
import { HttpApiBuilder } from "@effect/platform"
import {
  type DeadLetterId,
  DeadLetters,
  type Reason,
  type Selection
} from "@souk/actors/subscription/DeadLetters"
import type { Timestamp } from "@souk/domain/kernel/Timestamp"
import { Effect, Option } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import { list } from "../command/List.ts"
import { Caller } from "../auth/Authentication.ts"
import { contract } from "../Contract.ts"
import { InvalidRequest } from "../Problem.ts"
import { DeadLetterApi, DeadLetterNotFound, listed } from "./DeadLetterApi.ts"

interface Asked {
  readonly ids?: ReadonlyArray<DeadLetterId>
  readonly source?: string
  readonly reason?: Reason
  readonly until?: Timestamp
}

const invalid = (pointer: string, detail: string) =>
  new InvalidRequest({ errors: [{ pointer, detail }] })

/** Either ids, or a source with filters. */
const selected = ({
  ids,
  reason,
  source,
  until
}: Asked): Effect.Effect<Selection, InvalidRequest> => {
  if (ids !== undefined) {
    const isAlone = source === undefined && reason === undefined && until === undefined
    return isAlone
      ? Effect.succeed({ ids })
      : invalid("#/ids", "cannot be sent together with source, reason or until")
  }
  return source === undefined
    ? invalid("#/source", "is missing: send a source or ids")
    : Effect.succeed({ source, reason, until })
}

export const layer = HttpApiBuilder.group(contract.add(DeadLetterApi), "deadLetters", (handlers) =>
  Effect.gen(function* () {
    const letters = yield* DeadLetters
    return handlers
      .handle(
        "list",
        list(
          listed,
          (page, { fault, reason, source }) => letters.list({ ...page, source, reason, fault }),
          ({ id }) => id
        )
      )
      .handle("get", ({ path: { id } }) =>
        Effect.flatMap(
          ActorRequest.orUnavailable(letters.get(id)),
          Option.match({ onNone: () => new DeadLetterNotFound(), onSome: Effect.succeed })
        )
      )
      .handle("replay", ({ payload }) =>
        Effect.gen(function* () {
          const selection = yield* selected(payload)
          const { principal } = yield* Caller
          return yield* ActorRequest.orUnavailable(letters.replay(selection, principal))
        })
      )
      .handle("discard", ({ payload: { note, ...asked } }) =>
        Effect.gen(function* () {
          const selection = yield* selected(asked)
          const { principal } = yield* Caller
          return yield* ActorRequest.orUnavailable(letters.discard(selection, note, principal))
        })
      )
  })
)
