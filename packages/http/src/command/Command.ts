/** Handlers of commands and queries of entities. The endpoint declares how they respond. */
import type { Entity as ClusterEntity } from "@effect/cluster"
import { type HttpApiEndpoint, HttpApiSchema, HttpServerResponse } from "@effect/platform"
import type { Rpc } from "@effect/rpc"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import type { TypesOf } from "@souk/actors/cluster/Protocol"
import { Journal, type StreamId } from "@souk/actors/journal/Journal"
import type { ActorTypes, ActorUnavailable, Reply } from "@souk/actors/runtime/ActorDefinition"
import type { Aggregate, AggregateTypes } from "@souk/domain/kernel/Aggregate"
import type { CommandId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Context, Effect, Fiber, Option, Predicate, Runtime, SchemaAST, type Types } from "effect"
import * as Annotations from "../Annotations.ts"
import type { Caller } from "../auth/Authentication.ts"
import { Shutdown } from "../Shutdown.ts"
import type { KeyReused, Unavailable } from "../Problem.ts"
import * as ActorRequest from "./ActorRequest.ts"
import * as ReadYourWrites from "./ReadYourWrites.ts"
import { etagOf, isNotModified, versionsOf, waitOf } from "./RequestHeaders.ts"

interface Coded {
  readonly ast: SchemaAST.AST
}

interface AnyEndpoint extends HttpApiEndpoint.HttpApiEndpoint.Any {
  readonly path: string
  readonly errorSchema: Coded
  readonly successSchema: Coded
  readonly headersSchema: Option.Option<Coded>
  readonly annotations: Context.Context<never>
}

/** The request that a handler of this endpoint receives. */
export type Request<E extends AnyEndpoint> = Types.Simplify<
  HttpApiEndpoint.HttpApiEndpoint.Request<E>
>

interface Config<Id extends string, View, Body, E> {
  /** The body for a reply; fails if the entity does not exist. */
  readonly body: (reply: Reply<View>, id: Id) => Effect.Effect<Body, E>
  /** Whether the id of the entity correlates its events; otherwise the request id does. */
  readonly isCorrelated?: boolean
}

/** An entity and what its handlers need; bound once, when the handlers are built. */
export interface Entity<Id extends string, T extends ActorTypes, Body, E> extends Config<
  Id,
  T["View"],
  Body,
  E
> {
  readonly streamId: (id: Id) => StreamId
  readonly client: ActorClient.ActorClient<T>
  readonly journal: Journal["Type"]
  readonly read: (id: Id) => Effect.Effect<Reply<T["View"]>, Unavailable>
  /** Waits until the entity is settled, at most `waitMs`, or until a shutdown aborts waits. */
  readonly settled: (id: Id, waitMs: number) => Effect.Effect<Reply<T["View"]>, ActorUnavailable>
}

export const bind = <A extends AggregateTypes, Rpcs extends Rpc.Any, Body, E>(
  { streamId }: Aggregate<A>,
  messages: ClusterEntity.Entity<A["Category"], Rpcs>,
  config: Config<A["Id"], TypesOf<Rpcs>["View"], Body, E>
) =>
  Effect.gen(function* () {
    type T = TypesOf<Rpcs>
    const client = yield* ActorClient.make(messages)
    const { onAbortWaits } = yield* Shutdown
    const runFork = Runtime.runFork(yield* Effect.runtime<never>())
    // A race of two effects would take two fibers, and most waits are never aborted.
    const settled = (id: A["Id"], waitMs: number) =>
      Effect.async<Reply<T["View"]>, ActorUnavailable>((resume) => {
        const waiting = runFork(client.read(id, waitMs))
        const leave = onAbortWaits(() => {
          resume(Effect.zipRight(Fiber.interruptFork(waiting), client.read(id)))
        })
        waiting.addObserver((exit) => {
          leave()
          resume(exit)
        })
        return Effect.zipRight(Effect.sync(leave), Fiber.interrupt(waiting))
      })
    const entity: Entity<A["Id"], T, Body, E> = {
      ...config,
      streamId,
      client,
      journal: yield* Journal,
      read: (id) => ActorRequest.orUnavailable(client.read(id)),
      settled
    }
    return entity
  })

/**
 * How long the message with the command waits for the entity to settle. Most settle in that time
 * and need no second message. Only the wait of the second message is aborted by a shutdown.
 */
const firstWaitMs = 1_000

/** The entity and the command of a request. */
type Target<Id, Command> = readonly [id: Id, command: Command, overrides?: Overrides]

interface Overrides {
  /** By default derived from the path and the idempotency key. */
  readonly commandId?: CommandId
  /** Members that the first event of a repeat must have; by default the payload. */
  readonly recorded?: Readonly<Record<string, unknown>>
  /** By default the status that the endpoint declares. */
  readonly status?: number
}

/** Why a reply has no response: the journal is unavailable, or the key was reused. */
type AnswerError = KeyReused | Unavailable

/** The body of a response. Until it is settled, the status is 202 if the endpoint declares it. */
interface Answer {
  readonly body: object
  readonly isSettled: boolean
}

interface Answering<Id, Command, View> {
  /** The response to a reply; by default the body of the entity. */
  readonly answer?: (
    reply: Reply<View>,
    command: Command,
    commandId: CommandId
  ) => Effect.Effect<Answer, AnswerError>
  /**
   * The body of the original response, for a repeat; none if the current body is the same. Without
   * `replay`, a repeat gets the current body and is not marked as a repeat.
   */
  readonly replay?: (
    id: Id,
    commandId: CommandId
  ) => Effect.Effect<Option.Option<object>, AnswerError>
}

/** The decoded parts of a request of any endpoint. */
interface Parts {
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly path?: Readonly<Record<string, string>>
  readonly payload?: Readonly<Record<string, unknown>>
}

const isParts = (request: unknown): request is Parts => Predicate.isRecord(request)

const partsOf = (request: unknown): Parts => (isParts(request) ? request : {})

const namesOf = ({ ast }: Coded): ReadonlyArray<string> =>
  SchemaAST.getPropertySignatures(SchemaAST.typeAST(ast)).map(({ name }) => String(name))

/** What an endpoint declares about its responses. */
const declarationOf = <E extends AnyEndpoint>(endpoint: E) => {
  const { annotations, errorSchema, headersSchema, path, successSchema } = endpoint
  const tags = new Set(Annotations.encodersOf(errorSchema.ast).map(({ tag }) => tag))
  const successes = Annotations.membersOf(successSchema.ast)
  const statuses = successes.map(HttpApiSchema.getStatusSuccessAST)
  const members = successes.slice(0, 1).flatMap((ast) => namesOf({ ast }))
  const isTagged = Option.isSome(Context.getOption(annotations, Annotations.ETag))
  const location = Option.getOrUndefined(Context.getOption(annotations, Annotations.Location))
  const isDeclared = (error: unknown): error is HttpApiEndpoint.HttpApiEndpoint.Error<E> =>
    Predicate.hasProperty(error, "_tag") && tags.has(String(error._tag))
  return {
    answered: ActorRequest.refusedOnly(isDeclared),
    status: Math.min(...statuses.filter((status) => status !== 202)),
    hasPending: statuses.includes(202),
    canWait: Option.exists(headersSchema, (headers) => namesOf(headers).includes("prefer")),
    /** The path of a request, from which the id of its command is derived. */
    urlOf: (parts: NonNullable<Parts["path"]>) =>
      path.replaceAll(/:(\w+)/g, (_, name: string) => parts[name] ?? ""),
    etagHeader: (body: object) =>
      isTagged && "version" in body ? { etag: etagOf(Number(body.version)) } : {},
    locationOf: (id: string, status: number) =>
      location === undefined || status === 200 ? {} : { location: location.replace(":id", id) },
    /** Orders members as the schema does, so that a replayed body is the same text. */
    ordered: (body: object): object => {
      const values = new Map<string, unknown>(Object.entries(body))
      return Object.fromEntries(members.map((name) => [name, values.get(name)]))
    }
  }
}

/**
 * The handler of a command. The endpoint declares the refusals, whether `If-Match`, `Prefer` and a
 * key are accepted, the status and the headers.
 */
export const command = <
  E extends AnyEndpoint,
  Id extends string,
  T extends ActorTypes,
  BodyE,
  const Given extends T["Command"],
  AskE = never
>(
  endpoint: E,
  entity: Entity<Id, T, object, BodyE>,
  ask: (request: Request<E>) => Target<Id, Given> | Effect.Effect<Target<Id, Given>, AskE, Caller>,
  { answer, replay }: Answering<Id, Given, T["View"]> = {}
) => {
  const { answered, canWait, etagHeader, hasPending, locationOf, ordered, urlOf, ...declared } =
    declarationOf(endpoint)
  const decide = (
    id: Id,
    given: Given,
    metadata: Metadata,
    tags: string | undefined,
    ms: number
  ) => {
    const firstMs = canWait ? Math.min(ms, firstWaitMs) : 0
    return entity.client.handle(id, given, metadata, firstMs, versionsOf(tags)).pipe(
      Effect.flatMap((reply) => {
        if (reply.isSettled || !canWait || ms <= firstMs) return Effect.succeed(reply)
        const { isRepeat } = reply
        return Effect.map(entity.settled(id, ms - firstMs), (later) => ({ ...later, isRepeat }))
      }),
      ActorRequest.orChanged,
      answered,
      ActorRequest.orUnavailable
    )
  }
  return (request: Request<E>) =>
    Effect.gen(function* () {
      const { headers = {}, path = {}, payload = {} } = partsOf(request)
      const target = ask(request)
      const [id, given, overrides = {}] = Effect.isEffect(target) ? yield* target : target
      const key = headers["idempotency-key"]
      const commandId = overrides.commandId ?? (yield* ActorRequest.commandId(urlOf(path), key))
      const metadata = yield* ActorRequest.metadata(commandId, entity.isCorrelated ? id : undefined)
      const { headers: applied, waitMs } = waitOf(headers["prefer"])
      const reply = yield* decide(id, given, metadata, headers["if-match"], waitMs)
      if (reply.isRepeat && overrides.commandId === undefined) {
        const { recorded = payload } = overrides
        const stream = entity.streamId(id)
        yield* answered(
          ActorRequest.refuseOtherRequest(entity.journal, stream, commandId, recorded)
        )
      }
      const current: Answer =
        answer === undefined
          ? { body: yield* answered(entity.body(reply, id)), isSettled: reply.isSettled }
          : yield* answered(answer(reply, given, commandId))
      const isDone = current.isSettled || !hasPending
      const isReplay = reply.isRepeat && replay !== undefined
      const first = isReplay && isDone ? yield* answered(replay(id, commandId)) : Option.none()
      const body = ordered(Option.getOrElse(first, () => current.body))
      const status = isDone ? (overrides.status ?? declared.status) : 202
      const position = yield* ReadYourWrites.wrote(entity.streamId(id), reply.version)
      const replayed = isReplay ? { "idempotent-replayed": "true" } : {}
      const options = {
        status,
        headers: {
          ...etagHeader(body),
          ...locationOf(id, status),
          ...(canWait ? applied : {}),
          ...position,
          ...replayed
        }
      }
      return status === 204
        ? HttpServerResponse.empty(options)
        : HttpServerResponse.unsafeJson(body, options)
    })
}

interface Reading<View, Body, BodyE, R> {
  /** The body for this caller; by default the same for all callers. */
  readonly body?: (reply: Reply<View>) => Effect.Effect<Body, BodyE, R>
  /** Adds volatile members to a body; undefined if it has none. */
  readonly complete?: (body: Body) => Effect.Effect<Body> | undefined
}

/** The handler of a query: `ETag`, and 304 if the client has the current version. */
export const query = <
  E extends AnyEndpoint,
  Id extends string,
  T extends ActorTypes,
  Body extends object,
  BodyE,
  AskE = never,
  AskR = never,
  ReadR = never
>(
  endpoint: E,
  entity: Entity<Id, T, Body, BodyE>,
  ask: (request: Request<E>) => Id | Effect.Effect<Id, AskE, AskR>,
  { body: seen, complete }: Reading<T["View"], Body, BodyE, ReadR> = {}
) => {
  const { etagHeader, ordered } = declarationOf(endpoint)
  return (request: Request<E>) =>
    Effect.gen(function* () {
      const asked = ask(request)
      const id = Effect.isEffect(asked) ? yield* asked : asked
      const reply = yield* entity.read(id)
      const body = yield* seen === undefined ? entity.body(reply, id) : seen(reply)
      const headers = etagHeader(body)
      const completed = complete?.(body)
      // A body with volatile members is never answered with 304.
      const known = partsOf(request).headers?.["if-none-match"]
      if (completed === undefined && isNotModified(known, reply.version)) {
        return HttpServerResponse.empty({ status: 304, headers })
      }
      const whole = completed === undefined ? body : yield* completed
      return HttpServerResponse.unsafeJson(ordered(whole), { headers })
    })
}
