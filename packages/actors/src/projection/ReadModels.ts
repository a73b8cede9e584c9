/** All read models together, as operators ask about them. */
import type { SqlClient, SqlError } from "@effect/sql"
import { Context, Effect, Layer, type Option } from "effect"
import { type Journal, type JournalUnavailable, orUnavailable } from "../journal/Journal.ts"
import * as Subscription from "../subscription/Subscription.ts"
import * as Projection from "./Projection.ts"
import type { ReadModel, ReadRow } from "./ReadModel.ts"

export type Written = Subscription.Written

/** Read models are known by the names of their tables; nothing is answered for another name. */
export class ReadModels extends Context.Tag("@souk/actors/ReadModels")<
  ReadModels,
  {
    /** Empties one, to be filled again from the first event while it is being used. */
    readonly rebuild: (
      name: string
    ) => Effect.Effect<Option.Option<Projection.Rebuild>, JournalUnavailable>
    /** One row, by the id of its stream. */
    readonly row: (
      name: string,
      id: string
    ) => Effect.Effect<Option.Option<ReadRow>, JournalUnavailable>
    /** Folds one row again from its stream. */
    readonly refold: (name: string, id: string) => Effect.Effect<void, JournalUnavailable>
    /**
     * Waits until one has read these events; says whether it has. One that is being rebuilt, or is
     * disabled, has not, and is not waited for. Events that do not exist are not waited for either.
     */
    readonly waitFor: (
      name: string,
      written: ReadonlyArray<Written>,
      waitMs: number
    ) => Effect.Effect<boolean, JournalUnavailable>
  }
>() {}

type Trouble = SqlError.SqlError | JournalUnavailable

/** The service over these models. */
export const layer = (
  models: ReadonlyArray<Effect.Effect<ReadModel, never, SqlClient.SqlClient>>
): Layer.Layer<ReadModels, never, SqlClient.SqlClient | Journal> =>
  Layer.effect(
    ReadModels,
    Effect.gen(function* () {
      const context = yield* Effect.context<SqlClient.SqlClient | Journal>()
      const all = new Map((yield* Effect.all(models)).map((model) => [model.name, model]))
      /** What `use` gives for the model of this name. */
      const of = <A>(
        name: string,
        use: (model: ReadModel) => Effect.Effect<A, Trouble, SqlClient.SqlClient | Journal>
      ) => {
        const model = all.get(name)
        return model === undefined
          ? Effect.succeedNone
          : orUnavailable(Effect.provide(Effect.asSome(use(model)), context))
      }
      return ReadModels.of({
        rebuild: (name) => of(name, Projection.rebuild),
        row: (name, id) => of(name, (model) => model.row(id)),
        refold: (name, id) => Effect.asVoid(of(name, (model) => Projection.refold(model, id))),
        waitFor: (name, written, waitMs) =>
          orUnavailable(Effect.provide(Subscription.waitFor(name, written, waitMs), context))
      })
    })
  )
