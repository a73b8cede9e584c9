/** The contract of the sandbox provider's own book. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { OrderId } from "@souk/domain/kernel/Ids"
import { Money } from "@souk/domain/kernel/Money"
import { Timestamp } from "@souk/domain/kernel/Timestamp"
import { Schema } from "effect"
import { Examples } from "../Annotations.ts"
import { Access } from "../auth/Access.ts"
import { Authentication } from "../auth/Authentication.ts"
import { log, logQuery, query } from "../Contract.ts"
import { eur, later, orderId, rows } from "../docs/ExampleShop.ts"

/** The most rows one page has. */
export const rowsMax = 1000

/** One attempt at the provider. */
export const LedgerRow = Schema.Struct({
  id: Schema.Int,
  orderId: OrderId,
  kind: Schema.Literal("authorize", "capture", "void", "refund"),
  status: Schema.Literal("succeeded", "failed"),
  amount: Money,
  idempotencyKey: Schema.String,
  at: Timestamp
}).annotations({ identifier: "LedgerRow" })
export type LedgerRow = typeof LedgerRow.Type

const ledger = HttpApiEndpoint.get("ledger", "/v1/sandbox/ledger")
  .annotate(Access, "journal:read")
  .annotate(OpenApi.Summary, "List the sandbox provider's ledger entries")
  .annotate(Examples, {
    response: {
      Ledger: rows(11, {
        id: 11,
        orderId,
        kind: "capture",
        status: "succeeded",
        amount: eur(900),
        idempotencyKey: `${orderId}/capture`,
        at: later
      })
    }
  })
  .setUrlParams(query(logQuery(rowsMax)))
  .addSuccess(log(LedgerRow))

export const LedgerApi = HttpApiGroup.make("sandbox").add(ledger).middleware(Authentication)
