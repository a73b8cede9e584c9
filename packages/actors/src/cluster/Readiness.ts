/** Whether this process can do its work now: measured by its progress, not by being alive. */
import { Context, type Effect } from "effect"

export interface ReadinessCheck {
  readonly name: "database" | "shards" | "sagas" | "read_models"
  readonly isOk: boolean
  readonly detail: string
}

export class Readiness extends Context.Tag("@souk/actors/Readiness")<
  Readiness,
  {
    /** One line for each check; the process is ready when all pass. Takes seconds at most. */
    readonly check: Effect.Effect<ReadonlyArray<ReadinessCheck>>
  }
>() {}
