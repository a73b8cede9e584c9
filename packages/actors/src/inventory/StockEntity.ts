/** The address of the stock of one SKU, and the messages it answers. */
import { Entity } from "@effect/cluster"
import * as Stock from "@souk/domain/inventory/StockCommand"
import { StockView } from "@souk/domain/inventory/StockView"
import { messages, untraced } from "../cluster/Protocol.ts"

const { command, Read, Resume } = messages({ view: StockView, rejection: Stock.StockRejection })

export const StockEntity = Entity.make("inventory", [
  command("ReceiveStock", Stock.ReceiveStock),
  command("AdjustStock", Stock.AdjustStock),
  command("SetReorderPoint", Stock.SetReorderPoint),
  command("ReserveStock", Stock.ReserveStock),
  command("CheckStock", Stock.CheckStock),
  command("CommitStock", Stock.CommitStock),
  command("ReleaseStock", Stock.ReleaseStock),
  command("ReturnStock", Stock.ReturnStock),
  Read,
  Resume
]).annotateContext(untraced)
