/** The one list of actors. */
import type { Sharding } from "@effect/cluster"
import { Layer } from "effect"
import * as ProductActor from "./catalog/ProductActor.ts"
import type { LocalActors } from "./cluster/LocalActors.ts"
import * as StockActor from "./inventory/StockActor.ts"
import type { Journal } from "./journal/Journal.ts"
import * as OrderActor from "./order/OrderActor.ts"
import * as PaymentActor from "./payment/PaymentActor.ts"
import type { PaymentGateway } from "./payment/PaymentGateway.ts"
import type { Reminders } from "./reminder/Reminder.ts"
import * as Sweeper from "./reminder/Sweeper.ts"
import type { Carrier } from "./shipment/Carrier.ts"
import * as ShipmentActor from "./shipment/ShipmentActor.ts"

type Needs = Sharding.Sharding | LocalActors | Journal | Reminders | PaymentGateway | Carrier

/** Every actor, and the sweeper that tells them to resume. */
export const layer: Layer.Layer<never, never, Needs> = Layer.mergeAll(
  ProductActor.layer,
  StockActor.layer,
  OrderActor.layer,
  PaymentActor.layer,
  ShipmentActor.layer,
  Sweeper.layer
)
