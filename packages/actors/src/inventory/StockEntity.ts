/** The address of the stock of one SKU, and the messages it answers. */
import { StockCommand, StockRejection } from "@souk/domain/inventory/StockCommand"
import { StockView } from "@souk/domain/inventory/StockView"
import * as Protocol from "../cluster/Protocol.ts"

export const StockEntity = Protocol.make("inventory", {
  command: StockCommand,
  view: StockView,
  rejection: StockRejection
})
