/** From a request to an order: name it by its key, price it, place it, wait for it to settle. */
import { HttpServerResponse } from "@effect/platform"
import { ProductEntity } from "@souk/actors/catalog/ProductEntity"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { Journal } from "@souk/actors/journal/Journal"
import { OrderEntity } from "@souk/actors/order/OrderEntity"
import { PaymentGateway } from "@souk/actors/payment/PaymentGateway"
import { CommandId, type OrderId } from "@souk/domain/kernel/Ids"
import { AmountNotPayable } from "@souk/domain/kernel/Money"
import {
  IdempotencyKeyReused,
  MixedCurrencies,
  OrderTooLarge,
  type PlaceOrder
} from "@souk/domain/order/OrderCommand"
import { Array as Arr, Effect, Either } from "effect"
import * as Asking from "../Asking.ts"
import * as Ownership from "../auth/Ownership.ts"
import * as Keyed from "../idempotency/Keyed.ts"
import { waiting } from "../Prefer.ts"
import * as Rest from "../Rest.ts"
import * as FirstAnswer from "./FirstAnswer.ts"
import * as Hold from "./Hold.ts"
import * as NextActions from "../payment/NextActions.ts"
import { type Order, type OrderRequest, UnknownSku } from "./OrderApi.ts"
import * as OrderReply from "./OrderReply.ts"

const url = "/v1/orders"

/** How many product actors one order asks at once. Few are asked faster one after another. */
const readsMax = 16
const fewLines = 4

export interface Headers {
  readonly "idempotency-key": string
  readonly prefer?: string | undefined
}

type Lines = PlaceOrder["lines"]

const respond = (order: Order, isAtRest: boolean, headers: Readonly<Record<string, string>>) =>
  HttpServerResponse.unsafeJson(OrderReply.body(order), {
    status: isAtRest ? 201 : 202,
    headers: {
      location: `${url}/${order.id}`,
      ...headers
    }
  })

export const make = Effect.gen(function* () {
  const orders = yield* ActorClient.make(OrderEntity)
  const products = yield* ActorClient.make(ProductEntity)
  const journal = yield* Journal
  const nextActions = yield* NextActions.make
  const gateway = yield* PaymentGateway
  const { limits, untilRest } = yield* Effect.all({ limits: Hold.limits, untilRest: Rest.make })

  const priced = (line: OrderRequest["lines"][number], index: number) =>
    Effect.map(Asking.orUnavailable(products.read(line.sku)), ({ view }) =>
      view === undefined
        ? Either.left({ sku: line.sku, index })
        : Either.right({ ...line, name: view.name, unitPrice: view.price })
    )

  /** Names and prices as the catalogue has them now. */
  const price = (lines: OrderRequest["lines"]) =>
    Effect.gen(function* () {
      const concurrency = lines.length > fewLines ? readsMax : 1
      const found = yield* Effect.forEach(lines, priced, { concurrency })
      const [unknown, known] = Arr.separate(found)
      if (Arr.isNonEmptyReadonlyArray(unknown)) {
        const skus = Arr.map(unknown, ({ sku }) => sku)
        return yield* new UnknownSku({ skus, lines: Arr.map(unknown, ({ index }) => index) })
      }
      return Arr.isNonEmptyReadonlyArray(known) ? known : yield* Effect.dieMessage("no lines")
    })

  /**
   * What was placed once keeps its lines, even if a product is gone from the catalogue since. The
   * order is only asked then: a new one, which has nothing to say, would be read twice.
   */
  const linesOf = (orderId: OrderId, request: OrderRequest) =>
    Effect.catchTag(price(request.lines), "UnknownSku", (unknown) =>
      Effect.flatMap(Asking.orUnavailable(orders.read(orderId)), ({ view }) =>
        view === undefined ? Effect.fail(unknown) : Effect.succeed<Lines>(view.lines)
      )
    )

  return (headers: Headers, request: OrderRequest) =>
    Effect.gen(function* () {
      const customerId = yield* Ownership.customer(request.customerId, { pointer: "#/customerId" })
      const orderId = yield* Keyed.orderId(headers["idempotency-key"])
      const fingerprint = Keyed.fingerprint("POST", url, request)
      const lines = yield* linesOf(orderId, request)
      const { metadata = {}, paymentMethod, shippingAddress } = request
      const named = { orderId, customerId, fingerprint }
      const terms = { ...named, lines, metadata, paymentMethod, shippingAddress }
      const command: PlaceOrder = {
        _tag: "PlaceOrder",
        ...terms,
        ...limits,
        stepMinor: gateway.stepMinor(lines[0].unitPrice.currency)
      }
      const commandId = CommandId.make(`place/${orderId}/${fingerprint}`)
      const { headers: applied, waitMs } = waiting(headers.prefer)
      const reply = yield* orders
        .handle(orderId, command, yield* Asking.metadata(commandId, orderId))
        .pipe(
          untilRest(orders, orderId, waitMs),
          Asking.refusedOnlyBy(
            IdempotencyKeyReused,
            MixedCurrencies,
            OrderTooLarge,
            AmountNotPayable
          ),
          Asking.orUnavailable
        )
      const now = yield* Effect.flatMap(OrderReply.known(reply), nextActions.ofOrder)
      // An order that waits for its customer is at rest, and far from settled.
      const isSettled = reply.isAtRest && now.status !== "pending"
      if (!reply.isRepeat) return respond(now, isSettled, applied)
      const replayed = { ...applied, "idempotent-replayed": "true" }
      if (!isSettled) return respond(now, false, replayed)
      const first = yield* Asking.orUnavailable(FirstAnswer.of(journal, orderId))
      return respond(first, true, replayed)
    })
})
