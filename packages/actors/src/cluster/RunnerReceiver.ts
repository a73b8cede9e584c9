/** Hands the messages of other runners to the entities of this one, and responds to each once. */
import {
  ClusterError,
  EntityAddress,
  EntityId,
  EntityType,
  Message as ClusterMessage,
  type Reply,
  Sharding,
  Snowflake
} from "@effect/cluster"
import { Headers } from "@effect/platform"
import type { Rpc } from "@effect/rpc"
import { Cause, Effect, Either, Exit, type Fiber, FiberId, FiberSet, Layer, Option } from "effect"
import { type Connection, type ConnectionHandler, Connections } from "./Connection.ts"
import * as Message from "./Message.ts"
import { codecOf } from "./RpcCodec.ts"

/** How often deliveries are checked against their deadlines. */
const tickMs = 100

/** How long a message may wait for its entity to be registered or made. */
const deliverMsMax = 2_000

/** How many characters of the reason for a refusal are logged. */
const logCharsMax = 500

/** A reply as a response. `reply` has the Rpc of its request, if there is such an Rpc. */
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

/** Each request has its own fiber, so that one that waits does not delay the others. */
class Receiver {
  readonly #parts: Parts
  /** Requests that wait for their entity to be registered or made. */
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

  /** Responds to requests whose entity was not registered in time. */
  tick(): void {
    const nowMs = this.#parts.nowMs()
    for (const delivery of this.#waiting) {
      if (delivery.deadlineMs > nowMs) return
      this.#waiting.delete(delivery)
      delivery.expire()
    }
  }

  /** Responds once, on every exit of the request. */
  #deliver(request: Message.Request, respond: (response: Message.Response) => void): void {
    let isAnswered = false
    const once = (response: Message.Response) => {
      if (isAnswered) return
      isAnswered = true
      respond(response)
    }
    const send = Effect.suspend(() => this.#parts.sharding.send(this.#message(request, once)))
    const fiber = this.#parts.run(
      // An entity that is closing interrupts: that exit is answered as well.
      Effect.catchAllCause(send, (cause) => Effect.sync(() => once(unhandled(cause))))
    )
    if (fiber.unsafePoll() !== null) return
    const expire = () => {
      once(["defect", `${request[0]} takes no messages here`])
      fiber.unsafeInterruptAsFork(FiberId.none)
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

export const layer: Layer.Layer<never, never, Connections | Sharding.Sharding> =
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
      yield* Effect.sync(() => receiver.tick()).pipe(
        Effect.delay(tickMs),
        Effect.forever,
        Effect.forkScoped
      )
      connections.listen((connection, from) => receiver.accept(connection, from))
    })
  ).pipe(Layer.provide(Snowflake.layerGenerator))
