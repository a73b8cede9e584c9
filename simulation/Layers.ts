/** The simulated journal, reminders, gateway and carrier, as the actors' ports. */
import { ShardOwnership } from "@souk/actors/cluster/ShardOwnership"
import { Journal, JournalUnavailable } from "@souk/actors/journal/Journal"
import {
  type AnyOutcome,
  type AuthorizeOutcome,
  type GatewayFailure,
  type GatewayOutcome,
  type GatewayRequest,
  GatewayUnavailable,
  OutcomeUnknown,
  PaymentGateway
} from "@souk/actors/payment/PaymentGateway"
import { Reminders } from "@souk/actors/reminder/Reminder"
import { Carrier, CarrierUnavailable } from "@souk/actors/shipment/Carrier"
import { OrderId, RefundId } from "@souk/domain/kernel/Ids"
import type { PaymentIntent, ProviderAnswer } from "@souk/domain/payment/PaymentSaga"
import { Array as Arr, Effect, Either, Layer } from "effect"
import type { Heard, Providers } from "./Providers.ts"
import type { Store } from "./Store.ts"
import type { Owner, World } from "./World.ts"

/** A callback of the store as an effect. */
const read = <A>(start: (done: (read: Either.Either<A, JournalUnavailable>) => void) => void) =>
  Effect.async<A, JournalUnavailable>((resume) => start(resume))

type Enqueue = Journal["Type"]["enqueue"]

/** Sends at the end of a turn the appends of this turn, if allowed, as the real writer does. */
const writer = (owner: Owner, store: Store, world: World, mayWrite: () => boolean): Enqueue => {
  let line: Array<Parameters<Enqueue>> = []
  const flush = () => {
    const all = line
    line = []
    for (const [append, settled] of all) {
      if (mayWrite()) {
        store.enqueue(owner, append, settled)
      } else {
        append.session.isBroken = true
        settled(new JournalUnavailable({ cause: "another process may own the stream by now" }))
      }
    }
  }
  return (append, settled) => {
    if (line.length === 0) world.schedule(0, "write", flush, owner)
    line.push([append, settled])
  }
}

const journal = (owner: Owner, store: Store, world: World) =>
  Layer.effect(
    Journal,
    Effect.map(ShardOwnership, (ownership) =>
      Journal.of({
        enqueue: writer(owner, store, world, () => ownership.mayWrite()),
        load: (stream) => read((done) => store.load(owner, stream, done)),
        readStream: (stream, after, limit) =>
          read((done) => store.readStream(owner, stream, after, limit, done)),
        readAll: (after, limit) => Effect.sync(() => store.readAll(after, limit)),
        readCategory: (room, after, limit) =>
          Effect.sync(() => {
            const page = store.readAll(after, limit)
            const events = page.filter(({ stream }) => stream.startsWith(`${room}-`))
            return { events, through: page.at(-1)?.position ?? after }
          }),
        changes: (after, limit) => Effect.sync(() => store.readAll(after, limit)),
        has: (stream, commandId) => read((done) => store.has(owner, stream, commandId, done)),
        hasNewer: (stream, after, done) =>
          store.readStream(owner, stream, after, 1, (events) =>
            done(Either.map(events, Arr.isNonEmptyReadonlyArray))
          ),
        save: () => Effect.void,
        streams: () => Effect.dieMessage("a simulated shop has no operator"),
        snapshots: () => Effect.succeed([]),
        head: Effect.sync(() => store.rows.length),
        onCommitted: () => () => undefined
      })
    )
  )

const reminders = (store: Store) =>
  Layer.succeed(
    Reminders,
    Reminders.of({
      claim: (limit, leaseMs, leaseMsMax) =>
        Effect.sync(() => (store.isDown ? [] : store.claim(limit, leaseMs, leaseMsMax))),
      fail: () => Effect.void,
      list: () => Effect.dieMessage("a simulated shop has no operator"),
      overdueMs: Effect.succeed(0)
    })
  )

/** The intent that a request was made from: by its method and its key. */
const intentOf = (
  kind: "Authorize" | "Capture" | "Void" | "Refund",
  { amount, key, orderId, reference, token }: GatewayRequest
): PaymentIntent => {
  const call = { step: kind, key, orderId, amount, token, reference, isRecheck: false }
  const refundId = key.slice(key.lastIndexOf("/") + 1)
  return kind === "Refund"
    ? { ...call, _tag: kind, refundId: RefundId.make(refundId) }
    : { ...call, _tag: kind }
}

const kinds = {
  authorize: "Authorize",
  capture: "Capture",
  void: "Void",
  refund: "Refund"
} as const

const heard = <A>(key: string, answer: Heard<A>): Effect.Effect<A, GatewayFailure> => {
  if (answer === "unknown") return Effect.fail(new OutcomeUnknown({ key, detail: "simulated" }))
  return answer === "unavailable"
    ? Effect.fail(new GatewayUnavailable({ detail: "simulated" }))
    : Effect.succeed(answer)
}

/** The simulated provider always confirms the requested amounts. */
const agreed = (answer: ProviderAnswer): Effect.Effect<AnyOutcome> =>
  answer._tag === "Disagrees" ? Effect.dieMessage(answer.detail) : Effect.succeed(answer)

/** Only a refund can be pending. */
const authorized = (answer: ProviderAnswer): Effect.Effect<AuthorizeOutcome> =>
  Effect.flatMap(agreed(answer), (outcome) =>
    outcome._tag === "Undecided" ? Effect.dieMessage(outcome.reference) : Effect.succeed(outcome)
  )

/** Only an authorisation waits for a customer. */
const decided = (answer: ProviderAnswer): Effect.Effect<GatewayOutcome> =>
  answer._tag === "Succeeded" || answer._tag === "Declined"
    ? Effect.succeed(answer)
    : Effect.dieMessage(answer.reference)

const gateway = (owner: Owner, providers: Providers) => {
  const ask = (kind: "Authorize" | "Capture" | "Void" | "Refund", request: GatewayRequest) =>
    Effect.async<ProviderAnswer, GatewayFailure>((resume) =>
      providers.ask(owner, intentOf(kind, request), (answer) => resume(heard(request.key, answer)))
    )
  const decide = (kind: "Capture" | "Void" | "Refund") => (request: GatewayRequest) =>
    Effect.flatMap(ask(kind, request), decided)
  return Layer.succeed(
    PaymentGateway,
    PaymentGateway.of({
      stepMinor: () => 1,
      authorize: (request) => Effect.flatMap(ask("Authorize", request), authorized),
      capture: decide("Capture"),
      void: decide("Void"),
      refund: decide("Refund"),
      lookup: (request) =>
        Effect.async<ProviderAnswer | undefined, GatewayFailure>((resume) =>
          providers.lookup(owner, intentOf(kinds[request.kind], request), (answer) =>
            resume(heard(request.key, answer))
          )
        ).pipe(
          Effect.flatMap((answer) =>
            answer === undefined ? Effect.succeedNone : Effect.asSome(agreed(answer))
          )
        ),
      nextAction: () => Effect.succeedNone
    })
  )
}

const orderOf = (key: string) => OrderId.make(key.slice(0, key.indexOf("/")))

const carrier = (owner: Owner, providers: Providers) => {
  const told = <A>(answer: Heard<A>) =>
    answer === "unavailable" || answer === "unknown"
      ? Effect.fail(new CarrierUnavailable({ detail: "simulated" }))
      : Effect.succeed(answer)
  return Layer.succeed(
    Carrier,
    Carrier.of({
      book: (request) =>
        Effect.async((resume) =>
          providers.book(
            owner,
            { _tag: "Book", step: "book", orderId: orderOf(request.key), ...request },
            (answer) => resume(told(answer))
          )
        ),
      cancel: (key) =>
        Effect.async((resume) =>
          providers.cancel(owner, key, orderOf(key), (answer) =>
            resume(Effect.asVoid(told(answer)))
          )
        )
    })
  )
}

export const layer = (owner: Owner, store: Store, providers: Providers, world: World) =>
  Layer.mergeAll(
    journal(owner, store, world),
    reminders(store),
    gateway(owner, providers),
    carrier(owner, providers)
  )
