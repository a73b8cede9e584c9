/**
 * Places an order: builds the command of `POST /v1/orders`. The idempotency key names the order,
 * and the catalogue gives names and prices of its lines.
 */
import { ProductEntity } from "@souk/actors/catalog/ProductEntity"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { PaymentGateway } from "@souk/actors/payment/PaymentGateway"
import { CommandId, type OrderId } from "@souk/domain/kernel/Ids"
import type { PlaceOrder } from "@souk/domain/order/OrderCommand"
import { Array as Arr, Effect, Either } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import type { Request } from "../command/Command.ts"
import * as OrderAccess from "./OrderAccess.ts"
import { type OrderRequest, place, UnknownSku } from "./OrderApi.ts"
import { ReservationTtl } from "./ReservationTtl.ts"

/** Limit of concurrent reads of product actors for one order. */
const readsMax = 16

/** Up to here sequential reads are faster: each concurrent read takes a fiber of its own. */
const sequentialLinesMax = 4

/** Reads names and prices of lines; fails with all SKUs that are not in the catalogue. */
const linePricing = Effect.gen(function* () {
  const products = yield* ActorClient.make(ProductEntity)
  const price = (line: OrderRequest["lines"][number], index: number) =>
    Effect.map(ActorRequest.orUnavailable(products.read(line.sku)), ({ view }) =>
      view === undefined
        ? Either.left({ sku: line.sku, index })
        : Either.right({ ...line, name: view.name, unitPrice: view.price })
    )
  return (lines: OrderRequest["lines"]) =>
    Effect.gen(function* () {
      const concurrency = lines.length > sequentialLinesMax ? readsMax : 1
      const priced = yield* Effect.forEach(lines, price, { concurrency })
      const [unknown, known] = Arr.separate(priced)
      if (Arr.isNonEmptyReadonlyArray(unknown)) {
        const skus = Arr.map(unknown, ({ sku }) => sku)
        return yield* new UnknownSku({ skus, lines: Arr.map(unknown, ({ index }) => index) })
      }
      return Arr.isNonEmptyReadonlyArray(known) ? known : yield* Effect.dieMessage("no lines")
    })
})

export const make = Effect.gen(function* () {
  const orders = yield* OrderAccess.entity
  const gateway = yield* PaymentGateway
  const { holdMs, payMs } = yield* ReservationTtl
  const priced = yield* linePricing

  /**
   * A repeat keeps the lines of the order, even if a product has left the catalogue since. The
   * order is read in that case only: reading a new one would load its empty stream twice.
   */
  const linesOf = (orderId: OrderId, request: OrderRequest) =>
    Effect.catchTag(priced(request.lines), "UnknownSku", (unknown) =>
      Effect.flatMap(orders.read(orderId), ({ view }) =>
        view === undefined ? Effect.fail(unknown) : Effect.succeed<PlaceOrder["lines"]>(view.lines)
      )
    )

  return ({ headers, payload }: Request<typeof place>) =>
    Effect.gen(function* () {
      const { metadata = {}, paymentMethod, shippingAddress } = payload
      const customerId = yield* OrderAccess.customer(payload.customerId, {
        pointer: "#/customerId"
      })
      const orderId = yield* ActorRequest.orderId(headers["idempotency-key"])
      const fingerprint = ActorRequest.fingerprint("POST", place.path, payload)
      const lines = yield* linesOf(orderId, payload)
      const command: PlaceOrder = {
        _tag: "PlaceOrder",
        orderId,
        customerId,
        fingerprint,
        lines,
        metadata,
        paymentMethod,
        shippingAddress,
        holdMs,
        payMs,
        stepMinor: gateway.stepMinor(lines[0].unitPrice.currency)
      }
      const commandId = CommandId.make(`place/${orderId}/${fingerprint}`)
      return [orderId, command, { commandId }] as const
    })
})
