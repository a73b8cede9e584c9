/**
 * Carries the cluster's messages between runners: an implementation of the library's `Runners`, and
 * the server that hands received messages to `Sharding`. A request is sent once. When its response
 * is lost, the library sends it again to the owner of its shard by then; a command that was decided
 * is known by its id. Why not the library's own transport: docs/adr/0021.
 */
import {
  ClusterError,
  EntityAddress,
  EntityId,
  EntityType,
  Message as ClusterMessage,
  type MessageStorage,
  Reply,
  type RunnerAddress,
  Runners,
  Sharding,
  type ShardingConfig,
  Snowflake
} from "@effect/cluster"
import { Headers } from "@effect/platform"
import { type Rpc, RpcSchema } from "@effect/rpc"
import {
  Cause,
  Effect,
  Either,
  Exit,
  type Fiber,
  FiberSet,
  Layer,
  Option,
  type ParseResult,
  Schema
} from "effect"
import { type Connection, type ConnectionHandler, Connections } from "./Connection.ts"
import * as Message from "./Message.ts"
import { type Outcome, Peer } from "./Peer.ts"

/** How often calls and deliveries are checked against their deadlines. */
const tickMs = 100

/** How many other runners are known; beyond that the longest known is closed. */
const peersMax = 256

/** How much of a refused message's fault is logged. */
const logCharsMax = 500

/** How long a message may wait for its entity to be registered or made. */
const deliverMsMax = 2_000

/** The schemas of one Rpc, compiled. */
interface Codec<R extends Rpc.Any> {
  readonly payload: (value: unknown) => unknown
  readonly success: (value: unknown) => unknown
  readonly failure: (value: unknown) => unknown
  readonly readSuccess: Read<Rpc.SuccessExit<R>>
  readonly readFailure: Read<Rpc.ErrorExit<R>>
}

type Read<A> = (json: unknown) => Either.Either<A, ParseResult.ParseError>

/** An Rpc as it is: `Rpc.Any` has forgotten its schemas, and that they need no services here. */
interface Schemas<R extends Rpc.Any> {
  readonly payloadSchema: Schema.Schema<unknown>
  readonly successSchema: Schema.Schema<Rpc.SuccessExit<R>>
  readonly errorSchema: Schema.Schema<Rpc.ErrorExit<R>>
}

const codecs = new WeakMap<object, Codec<never>>()

const codecOf = <R extends Rpc.Any>(rpc: R): Codec<R> => {
  const known = codecs.get(rpc)
  if (known !== undefined) return known as unknown as Codec<R>
  const { errorSchema, payloadSchema, successSchema } = rpc as unknown as Schemas<R>
  if (RpcSchema.isStreamSchema(successSchema)) {
    throw new Error(`${rpc._tag} is a stream: this transport carries single replies only`)
  }
  const codec: Codec<R> = {
    payload: Schema.encodeUnknownSync(payloadSchema),
    success: Schema.encodeUnknownSync(successSchema),
    failure: Schema.encodeUnknownSync(errorSchema),
    readSuccess: Schema.decodeUnknownEither(successSchema),
    readFailure: Schema.decodeUnknownEither(errorSchema)
  }
  codecs.set(rpc, codec as unknown as Codec<never>)
  return codec
}

const nameOf = ({ host, port }: RunnerAddress.RunnerAddress) => `${host}:${port}`

/** The exit in a response; nothing where the request is to be sent again. */
const exitOf = <R extends Rpc.Any>(
  codec: Codec<R>,
  [outcome, body]: Outcome
): Rpc.Exit<R> | undefined => {
  switch (outcome) {
    case "success":
      return Either.match(codec.readSuccess(body), { onLeft: Exit.die, onRight: Exit.succeed })
    case "failure":
      return Either.match(codec.readFailure(body), { onLeft: Exit.die, onRight: Exit.fail })
    case "defect":
      return Exit.die(new Error(String(body)))
    default:
      return undefined
  }
}

class Peers {
  readonly #connections: Connections["Type"]
  readonly #nowMs: () => number
  readonly #peers = new Map<string, Peer>()

  constructor(connections: Connections["Type"], nowMs: () => number) {
    this.#connections = connections
    this.#nowMs = nowMs
  }

  at(address: RunnerAddress.RunnerAddress): Peer {
    const name = nameOf(address)
    const known = this.#peers.get(name)
    if (known !== undefined) return known
    const [oldest] = this.#peers.keys()
    if (oldest !== undefined && this.#peers.size >= peersMax) this.close(oldest, "too many runners")
    const peer = new Peer(address, this.#connections, this.#nowMs)
    this.#peers.set(name, peer)
    return peer
  }

  tick(): void {
    for (const peer of this.#peers.values()) peer.tick()
  }

  close(name: string, why: string): void {
    this.#peers.get(name)?.close(why)
    this.#peers.delete(name)
  }

  closeAll(): void {
    for (const peer of this.#peers.values()) peer.close("this process ends")
  }
}

const ticking = (tick: () => void) =>
  Effect.sync(tick).pipe(Effect.delay(tickMs), Effect.forever, Effect.forkScoped)

/** The sending side. */
export const layer: Layer.Layer<
  Runners.Runners,
  never,
  Connections | MessageStorage.MessageStorage | ShardingConfig.ShardingConfig
> = Layer.scoped(
  Runners.Runners,
  Effect.gen(function* () {
    const connections = yield* Connections
    const clock = yield* Effect.clock
    const snowflakes = yield* Snowflake.Generator
    const peers = yield* Effect.acquireRelease(
      Effect.sync(() => new Peers(connections, () => clock.unsafeCurrentTimeMillis())),
      (open) => Effect.sync(() => open.closeAll())
    )
    yield* ticking(() => peers.tick())
    return yield* Runners.make({
      ping: () => Effect.void, // `RunnerPresence` says which runners are there.
      notify: () => Effect.void, // Only persisted messages are notified of, and there are none.
      onRunnerUnavailable: (address) =>
        Effect.sync(() => peers.close(nameOf(address), "its process is gone")),
      send: ({ address, message }) => {
        // Acknowledgements of streams, and interrupts: messages are neither.
        if (message._tag === "OutgoingEnvelope") return Effect.void
        const { address: to, payload, requestId, tag } = message.envelope
        return Effect.async((resume) => {
          const codec = codecOf(message.rpc)
          const request = [to.entityType, to.entityId, tag, codec.payload(payload)] as const
          peers.at(address).call(request, (outcome) => {
            const exit = exitOf(codec, outcome)
            if (exit !== undefined) {
              const id = snowflakes.unsafeNext()
              return resume(message.respond(new Reply.WithExit({ id, requestId, exit })))
            }
            if (outcome[0] === "mailbox_full") {
              return resume(Effect.fail(new ClusterError.MailboxFull({ address: to })))
            }
            const isElsewhere = outcome[0] === "not_assigned"
            const error = isElsewhere
              ? new ClusterError.EntityNotAssignedToRunner({ address: to })
              : new ClusterError.RunnerUnavailable({ address })
            resume(Effect.fail(error))
          })
        })
      }
    })
  })
).pipe(Layer.provide(Snowflake.layerGenerator))

/** A reply as a response. `reply` bears the Rpc of its request, unless there is no such Rpc. */
const responseOf = ({ reply, rpc }: Reply.ReplyWithContext<Rpc.Any>): Message.Response => {
  if (reply._tag !== "WithExit") return ["defect", "streams are not sent between runners"]
  const exit: Exit.Exit<unknown, unknown> = reply.exit
  if (Exit.isSuccess(exit)) return ["success", codecOf(rpc).success(exit.value)]
  const failure = Cause.failureOption(exit.cause)
  if (Option.isSome(failure)) return ["failure", codecOf(rpc).failure(failure.value)]
  return unhandled(exit.cause)
}

/** The entity did not reply: it is closing, or the request cannot be handled at all. */
const unhandled = (cause: Cause.Cause<unknown>): Message.Response => {
  const failure = Option.getOrUndefined(Cause.failureOption(cause))
  if (ClusterError.MailboxFull.is(failure)) return ["mailbox_full"]
  if (failure !== undefined || Cause.isInterruptedOnly(cause)) return ["not_assigned"]
  return ["defect", Cause.pretty(cause)]
}

interface Delivery {
  readonly fiber: Fiber.RuntimeFiber<void>
  readonly deadlineMs: number
  readonly expire: () => void
}

interface Parts {
  readonly soon: (then: () => void) => void
  readonly sharding: Sharding.Sharding["Type"]
  readonly snowflakes: Snowflake.Generator["Type"]
  readonly run: <A>(effect: Effect.Effect<A>) => Fiber.RuntimeFiber<A>
  readonly nowMs: () => number
}

/** Hands the requests of other runners to the entities of this one, each in a fiber of its own. */
class Receiver {
  readonly #parts: Parts
  /** What waits for its entity to be registered or made. */
  readonly #waiting = new Set<Delivery>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  accept(connection: Connection, from: string): ConnectionHandler {
    const buffer = new Message.SendBuffer<Message.Response>(connection, this.#parts.soon)
    return {
      receive: (text) => {
        const requests = Message.readRequests(text)
        if (Either.isLeft(requests)) {
          this.#refuse(from, `its message cannot be read: ${requests.left.message}`)
          return connection.close()
        }
        for (const [number, ...request] of requests.right) {
          this.#deliver(request, (response) => {
            const [outcome, body] = response
            if (outcome === "defect") this.#refuse(from, `${request[0]}/${request[2]}: ${body}`)
            if (buffer.post(number, response)) return
            this.#refuse(from, `the response to ${request[2]} is too long`)
            buffer.post(number, ["defect", "the response is too long"])
          })
        }
      },
      closed: () => undefined
    }
  }

  /** Gives up what waits for an entity that is not there. */
  tick(): void {
    const nowMs = this.#parts.nowMs()
    for (const delivery of this.#waiting) {
      if (delivery.deadlineMs > nowMs) return
      this.#waiting.delete(delivery)
      delivery.expire()
    }
  }

  /** Responds once, whatever becomes of the request. */
  #deliver(request: Message.Request, respond: (response: Message.Response) => void): void {
    let isAnswered = false
    const once = (response: Message.Response) => {
      if (isAnswered) return
      isAnswered = true
      respond(response)
    }
    const send = Effect.suspend(() => this.#parts.sharding.send(this.#message(request, once)))
    const fiber = this.#parts.run(
      // An entity that is closing interrupts: that is an exit as well, and is answered.
      Effect.catchAllCause(send, (cause) => Effect.sync(() => once(unhandled(cause))))
    )
    if (fiber.unsafePoll() !== null) return
    const expire = () => {
      once(["defect", `${request[0]} takes no messages here`])
      this.#parts.run(fiber.interruptAsFork(fiber.id()))
    }
    const delivery = { fiber, deadlineMs: this.#parts.nowMs() + deliverMsMax, expire }
    this.#waiting.add(delivery)
    fiber.addObserver((exit) => {
      this.#waiting.delete(delivery)
      // Interrupted as this process ends: then not even the handler above runs.
      if (Exit.isFailure(exit)) once(["not_assigned"])
    })
  }

  #message(
    [type, id, tag, payload]: Message.Request,
    respond: (response: Message.Response) => void
  ): ClusterMessage.IncomingRequest<Rpc.Any> {
    const { sharding, snowflakes } = this.#parts
    const entityId = EntityId.make(id)
    return new ClusterMessage.IncomingRequest<Rpc.Any>({
      envelope: {
        _tag: "Request",
        requestId: snowflakes.unsafeNext(),
        address: EntityAddress.make({
          shardId: sharding.getShardId(entityId, "default"),
          entityType: EntityType.EntityType.make(type),
          entityId
        }),
        tag,
        payload,
        headers: Headers.empty
      },
      lastSentReply: Option.none(),
      respond: (reply) =>
        Effect.catchAllDefect(
          Effect.sync(() => respond(responseOf(reply))),
          (defect) => Effect.sync(() => respond(["defect", String(defect)]))
        )
    })
  }

  #refuse(from: string, why: string): void {
    const text = why.slice(0, logCharsMax)
    this.#parts.run(Effect.logWarning(`refused a message of the runner at ${from}: ${text}`))
  }
}

/** The receiving side. */
export const layerServer: Layer.Layer<never, never, Connections | Sharding.Sharding> =
  Layer.scopedDiscard(
    Effect.gen(function* () {
      const connections = yield* Connections
      const clock = yield* Effect.clock
      const receiver = new Receiver({
        soon: connections.soon,
        sharding: yield* Sharding.Sharding,
        snowflakes: yield* Snowflake.Generator,
        run: yield* FiberSet.makeRuntime<never>(),
        nowMs: () => clock.unsafeCurrentTimeMillis()
      })
      yield* ticking(() => receiver.tick())
      connections.listen((connection, from) => receiver.accept(connection, from))
    })
  ).pipe(Layer.provide(Snowflake.layerGenerator))
