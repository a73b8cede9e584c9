/** Every room: its actor, and the lists of its events. A new room adds a line or two here. */
import type { Sharding } from "@effect/cluster"
import type { SqlClient } from "@effect/sql"
import { type Effect, Layer } from "effect"
import * as ProductActor from "./catalog/ProductActor.ts"
import * as ProductReadModel from "./catalog/ProductReadModel.ts"
import type { LocalActors } from "./cluster/ActorClient.ts"
import * as StockActor from "./inventory/StockActor.ts"
import type { Journal } from "./journal/Journal.ts"
import * as OrderActor from "./order/OrderActor.ts"
import * as OrderReadModel from "./order/OrderReadModel.ts"
import * as PaymentActor from "./payment/PaymentActor.ts"
import type { PaymentGateway } from "./payment/PaymentGateway.ts"
import * as PaymentReadModel from "./payment/PaymentReadModel.ts"
import * as Projection from "./projection/Projection.ts"
import type { ReadModel } from "./projection/ReadModel.ts"
import * as ReadModels from "./projection/ReadModels.ts"
import type { Reminders } from "./reminder/Reminder.ts"
import * as Sweeper from "./reminder/Sweeper.ts"
import type { Carrier } from "./shipment/Carrier.ts"
import * as ShipmentActor from "./shipment/ShipmentActor.ts"
import * as DeadLettersPg from "./subscription/DeadLettersPg.ts"
import * as WishlistActor from "./wishlist/WishlistActor.ts"
import * as WishlistReadModel from "./wishlist/WishlistReadModel.ts"

type Needs = Sharding.Sharding | LocalActors | Journal | Reminders | PaymentGateway | Carrier

/** An `*Actor` file. */
interface Actor {
  readonly layer: Layer.Layer<never, never, Needs>
}

/** A `*ReadModel` file: what fills the table, and the service that reads it. */
interface List<Service> {
  readonly model: Effect.Effect<ReadModel, never, SqlClient.SqlClient>
  readonly layer: Layer.Layer<Service, never, SqlClient.SqlClient>
}

/** Rooms by their parts; an array would lose which services their lists provide. */
class Rooms<Services> {
  readonly actors: ReadonlyArray<Actor["layer"]>
  readonly models: ReadonlyArray<List<never>["model"]>
  readonly lists: List<Services>["layer"]

  constructor({ actors, lists, models }: Pick<Rooms<Services>, "actors" | "lists" | "models">) {
    this.actors = actors
    this.models = models
    this.lists = lists
  }

  actor({ layer }: Actor): Rooms<Services> {
    return new Rooms({ ...this, actors: [...this.actors, layer] })
  }

  list<Service>({ layer, model }: List<Service>): Rooms<Services | Service> {
    const { actors, lists, models } = this
    return new Rooms({ actors, models: [...models, model], lists: Layer.merge(lists, layer) })
  }
}

const { actors, lists, models } = new Rooms({ actors: [], models: [], lists: Layer.empty })
  .actor(ProductActor)
  .list(ProductReadModel)
  .actor(StockActor)
  .actor(OrderActor)
  .list(OrderReadModel)
  .actor(PaymentActor)
  .list(PaymentReadModel)
  .actor(ShipmentActor)
  .actor(WishlistActor)
  .list(WishlistReadModel)

/** Every actor, and the sweeper that resumes them. */
export const layerActors: Layer.Layer<never, never, Needs> = Layer.mergeAll(
  Sweeper.layer,
  ...actors
)

/** The service of each list. */
export const layerLists = lists

/** The projections of every list, and the operations on read models and dead letters. */
export const layerReadModels = Layer.mergeAll(
  ReadModels.layer(models),
  DeadLettersPg.layer(models),
  ...models.map(Projection.follow)
)
