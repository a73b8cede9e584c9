/** The command that places an order: named by its key, priced by the catalogue. */
import { PaymentGateway } from "@souk/actors/payment/PaymentGateway"
import { CommandId } from "@souk/domain/kernel/Ids"
import type { PlaceOrder } from "@souk/domain/order/OrderCommand"
import { Effect } from "effect"
import * as OrderAccess from "../auth/OrderAccess.ts"
import type { Request } from "../command/Command.ts"
import * as Keys from "../command/Keys.ts"
import * as ReservationTtl from "./ReservationTtl.ts"
import * as LinePricing from "./LinePricing.ts"
import { place } from "./OrderApi.ts"

export const make = Effect.gen(function* () {
  const linesOf = yield* LinePricing.make
  const gateway = yield* PaymentGateway
  const limits = yield* ReservationTtl.limits

  return ({ headers, payload }: Request<typeof place>) =>
    Effect.gen(function* () {
      const customerId = yield* OrderAccess.customer(payload.customerId, {
        pointer: "#/customerId"
      })
      const orderId = yield* Keys.orderId(headers["idempotency-key"])
      const fingerprint = Keys.fingerprint("POST", place.path, payload)
      const lines = yield* linesOf(orderId, payload)
      const { metadata = {}, paymentMethod, shippingAddress } = payload
      const named = { orderId, customerId, fingerprint }
      const command: PlaceOrder = {
        _tag: "PlaceOrder",
        ...named,
        lines,
        metadata,
        paymentMethod,
        shippingAddress,
        ...limits,
        stepMinor: gateway.stepMinor(lines[0].unitPrice.currency)
      }
      const commandId = CommandId.make(`place/${orderId}/${fingerprint}`)
      return [orderId, command, { commandId }] as const
    })
})
