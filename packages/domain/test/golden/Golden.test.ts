/**
 * One example of every event, as the first journals hold it. A file here is never edited: when it
 * is no longer read, or is written differently, then neither is what the journals hold.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { ProductEvent } from "../../src/catalog/ProductEvent.ts"
import { StockEvent } from "../../src/inventory/StockEvent.ts"
import { OrderEvent } from "../../src/order/OrderEvent.ts"
import { PaymentEvent } from "../../src/payment/PaymentEvent.ts"
import { ShipmentEvent } from "../../src/shipment/ShipmentEvent.ts"
import { tagsOf } from "../support/Laws.ts"

const AnyEvent = Schema.Union(ProductEvent, StockEvent, OrderEvent, PaymentEvent, ShipmentEvent)

const rooms = [ProductEvent, StockEvent, OrderEvent, PaymentEvent, ShipmentEvent]
const tags = rooms.flatMap(tagsOf)

const folder = new URL("./", import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith(".json"))

const decode = Schema.decodeUnknownSync(AnyEvent, { onExcessProperty: "error" })
const encode = Schema.encodeSync(AnyEvent)

describe("the golden events", () => {
  it("are one for every event there is, and for no other", () => {
    assert.deepStrictEqual(
      files.toSorted(),
      tags.map((tag) => `${tag}.v1.json`).toSorted()
    )
    assert.strictEqual(new Set(tags).size, tags.length)
  })

  for (const file of files) {
    it(`${file} is read, and written again as it was`, () => {
      const text = readFileSync(new URL(file, folder), "utf8")
      const event = decode(JSON.parse(text))
      assert.strictEqual(`${event._tag}.v1.json`, file)
      assert.strictEqual(`${JSON.stringify(encode(event), null, 2)}\n`, text)
    })
  }
})
