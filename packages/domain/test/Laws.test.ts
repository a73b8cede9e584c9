/** The laws of deciders, for all five of them. */
import { laws } from "./support/Laws.ts"
import { order } from "./support/OrderSubject.ts"
import { payment, product, shipment, stock } from "./support/Subjects.ts"

laws("a product", product)
laws("a stock", stock)
laws("an order", order)
laws("a payment", payment)
laws("a shipment", shipment)
