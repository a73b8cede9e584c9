/** Whether this process can do its work now, told by its progress and not by its being alive. */
import { Context, type Effect } from "effect"

export interface ReadinessCheck {
  readonly name: "database" | "shards" | "sagas" | "read_models"
  readonly isOk: boolean
  readonly detail: string
}

export class Readiness extends Context.Tag("@souk/actors/Readiness")<
  Readiness,
  {
    /** One line a matter; the process is ready when all are well. Answers within seconds. */
    readonly check: Effect.Effect<ReadonlyArray<ReadinessCheck>>
  }
>() {}
