/** Follows an order live over as many connections as it takes: no gap, no repeat. */
import type { OrderStatus } from "@souk/domain/order/OrderView"
import type { Order, TimelineEntry } from "@souk/http/order/OrderApi"
import { Clock, Effect, Stream } from "effect"
import { ExitCode } from "../ExitCode.ts"
import { Output } from "../Output.ts"
import type * as Shop from "../Shop.ts"
import { CommandFailed } from "../CommandFailed.ts"
import type { WriteError } from "../Streams.ts"
import { entriesOf } from "./TimelineCli.ts"

type Entry = Omit<TimelineEntry, "actor">
type Tell = (entry: Entry) => Effect.Effect<void, WriteError>

/** How far an order has been followed. */
interface Place {
  readonly id: Order["id"]
  /** From this version on, what is told is news. */
  readonly from: number
  /** The last version that was told. */
  version: number
  status: OrderStatus
}

export const start = ({ id, status, version }: Order): Place => ({
  id,
  from: version,
  version: 0,
  status
})

/** How many connections in a row may come to nothing: half a minute or more of trying. */
const failuresMax = 8

/** A connection that held for so long came to something, even if nothing has happened. */
const heldMsMin = 10_000

const waitMsMin = 500
const waitMsMax = 8_000

/** How often an order is looked at where it cannot be followed. */
const lookEveryMs = 1_000

/** The shop has nothing more to do for it; only people have. */
const isSettled = ({ from, status, version }: Place): boolean =>
  version >= from && status !== "pending" && status !== "cancelling"

/** What a shop says that is worth asking again: it, or the way to it, has trouble of its own. */
const isPassing = ({ failure, refused }: Shop.ShopFailed): boolean => {
  switch (failure._tag) {
    case "RequestError":
    case "NoAnswer":
      return true
    case "Refused":
      return refused.status >= 500 || refused.status === 429
    case "Unexpected":
      return failure.status !== undefined
  }
}

type Outcome = "settled" | "broken" | "not live"

/** One connection, from where the last one broke off. */
const once = (
  shop: Shop.Shop,
  place: Place,
  tell: Tell
): Effect.Effect<Outcome, Shop.ShopFailed | CommandFailed | WriteError> =>
  Effect.gen(function* () {
    const { id } = place
    const { items, status } = yield* shop.follow(id, place.version)
    // The order has ended, and all its entries were printed.
    if (status === 204) return "settled"
    if (status !== 200) return yield* refused(shop, place, status)
    yield* Stream.runForEachWhile(items, (one) =>
      Effect.gen(function* () {
        if (one._tag === "Alive") return true
        if (one._tag === "End") {
          place.status = one.end.status
          return false
        }
        const { at, changes, summary, type, version } = one.update
        yield* tell({ version, type, at, summary })
        place.version = version
        place.status = changes.status ?? place.status
        return !isSettled(place)
      })
    )
    return isSettled(place) ? "settled" : "broken"
  })

/** Why there is no stream: the order itself is asked, whose refusals are in the contract. */
const refused = (
  shop: Shop.Shop,
  { id, version }: Place,
  status: number
): Effect.Effect<Outcome, Shop.ShopFailed | CommandFailed> =>
  Effect.gen(function* () {
    const order = yield* shop.ask((client) => client.orders.get({ path: { id }, headers: {} }))
    if (order.version < version) {
      return yield* new CommandFailed({
        code: "went_back",
        message: `${id} was at version ${version}, and is at ${order.version}: is this that shop?`,
        hint: `See: souk order timeline ${id}`,
        exitCode: ExitCode.conflict
      })
    }
    return status === 404 || status === 405 || status === 406 ? "not live" : "broken"
  })

/** The shop answers, and hangs up each time. */
const lost = ({ url }: Shop.Shop, { id, status }: Place) =>
  new CommandFailed({
    code: "connection_lost",
    message: `${url} has hung up ${failuresMax + 1} times; ${id} was still ${status}`,
    hint: `See: souk doctor, and again: souk order watch ${id}`,
    exitCode: ExitCode.failure
  })

/** Tells what happens to the order until it is settled, and keeps `place` where it is. */
export const untilSettled = (shop: Shop.Shop, place: Place, tell: Tell) =>
  Effect.gen(function* () {
    const output = yield* Output
    let failures = 0
    for (;;) {
      const before = place.version
      const openedMs = yield* Clock.currentTimeMillis
      const outcome = yield* once(shop, place, tell).pipe(
        Effect.catchIf(
          (failed): failed is Shop.ShopFailed =>
            failed._tag === "ShopFailed" && isPassing(failed) && failures < failuresMax,
          () => Effect.succeed<Outcome>("broken")
        )
      )
      if (outcome === "settled") return
      if (outcome === "not live") {
        yield* output.say("This shop is older, and tells nothing live: looking once a second.")
        return yield* look(shop, place, tell)
      }
      const heldMs = (yield* Clock.currentTimeMillis) - openedMs
      if (place.version > before || heldMs >= heldMsMin) failures = 0
      if (failures === failuresMax) return yield* lost(shop, place)
      if (failures === 0) yield* output.say("The connection is lost: going on when it is back.")
      failures += 1
      yield* Effect.sleep(Math.min(waitMsMax, waitMsMin * 2 ** failures))
    }
  })

/** The same for a shop without streams, by asking again and again. */
const look = (shop: Shop.Shop, place: Place, tell: Tell) =>
  Effect.gen(function* () {
    const { id } = place
    for (;;) {
      // The order before its timeline, so that a settled order has its last entry there.
      const { status } = yield* shop.ask((client) =>
        client.orders.get({ path: { id }, headers: {} })
      )
      const { data } = yield* entriesOf(shop, id)
      for (const entry of data.filter(({ version }) => version > place.version)) yield* tell(entry)
      place.version = Math.max(place.version, data.at(-1)?.version ?? 0)
      place.status = status
      if (status !== "pending" && status !== "cancelling") return
      yield* Effect.sleep(lookEveryMs)
    }
  })
