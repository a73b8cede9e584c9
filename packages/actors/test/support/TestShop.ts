/** A whole shop in memory: every actor, the sandbox provider and carrier, and no database. */
import type { Sharding } from "@effect/cluster"
import { CommandId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Layer } from "effect"
import * as Rooms from "../../src/Rooms.ts"
import * as Cluster from "../../src/cluster/Cluster.ts"
import * as ActorClient from "../../src/cluster/ActorClient.ts"
import type { Journal } from "../../src/journal/Journal.ts"
import * as JournalMemory from "./JournalMemory.ts"
import type { PaymentGateway } from "../../src/payment/PaymentGateway.ts"
import * as PaymentWebhookSender from "../../src/payment/PaymentWebhookSender.ts"
import * as SandboxGateway from "../../src/payment/SandboxGateway.ts"
import type { SandboxLedger } from "../../src/payment/SandboxLedger.ts"
import * as SandboxLedgerMemory from "./SandboxLedgerMemory.ts"
import type { Reminders } from "../../src/reminder/Reminder.ts"
import type { Carrier } from "../../src/shipment/Carrier.ts"
import * as SandboxCarrier from "../../src/shipment/SandboxCarrier.ts"

export type TestShop =
  | Sharding.Sharding
  | ActorClient.LocalActors
  | Journal
  | Reminders
  | PaymentGateway
  | SandboxLedger
  | Carrier

/** Everything actors need, without the actors: two runs of them may share it. */
export const ground: Layer.Layer<TestShop> = Layer.mergeAll(
  Cluster.layerSingle,
  ActorClient.layer,
  JournalMemory.layer,
  SandboxGateway.layer.pipe(
    Layer.provide(PaymentWebhookSender.layerLost),
    Layer.provideMerge(SandboxLedgerMemory.layer)
  ),
  SandboxCarrier.layer
)

export const layer: Layer.Layer<TestShop> = Rooms.layerActors.pipe(Layer.provideMerge(ground))

/** Default metadata of a request. */
export const metadata = (commandId: string): Metadata => ({
  commandId: CommandId.make(commandId),
  correlationId: commandId,
  causationId: "test",
  who: "test"
})
