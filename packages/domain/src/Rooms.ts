/** Every aggregate of the domain: the one list, which tools and tests iterate. */
import { ProductAggregate } from "./catalog/ProductAggregate.ts"
import { StockAggregate } from "./inventory/StockAggregate.ts"
import { OrderAggregate } from "./order/OrderAggregate.ts"
import { PaymentAggregate } from "./payment/PaymentAggregate.ts"
import { ShipmentAggregate } from "./shipment/ShipmentAggregate.ts"
import { WishlistAggregate } from "./wishlist/WishlistAggregate.ts"

export const aggregates = [
  ProductAggregate,
  WishlistAggregate,
  StockAggregate,
  OrderAggregate,
  PaymentAggregate,
  ShipmentAggregate
] as const

/** What the name of a stream begins with. */
export type Category = (typeof aggregates)[number]["category"]

const presentNames: ReadonlyMap<string, string> = new Map(
  aggregates.flatMap(({ codec }) => Object.entries(codec.aliases))
)

/** The present name of an event type, whatever it was stored under. */
export const presentType = (stored: string): string => presentNames.get(stored) ?? stored
