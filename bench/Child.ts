/** The process of one measurement: starts one contender, measures it, tells the parent. */
import { type ContenderName, contenderNamed } from "./Contenders.ts"
import { type Load, measure, type Measurement } from "./Measure.ts"

export interface Job {
  readonly contender: ContenderName
  readonly databaseUrl: string
  readonly load: Load
}

export type Report =
  | { readonly _tag: "Measured"; readonly measurement: Measurement }
  | { readonly _tag: "Failed"; readonly reason: string }

const work = async (job: Job): Promise<Report> => {
  try {
    const contender = await contenderNamed(job.contender)
    const running = await contender.start(job.databaseUrl)
    try {
      return { _tag: "Measured", measurement: await measure(running, job.load) }
    } finally {
      await running.stop()
    }
  } catch (error) {
    return { _tag: "Failed", reason: String(error instanceof Error ? error.stack : error) }
  }
}

process.once("message", async (job: Job) => {
  process.send?.(await work(job))
})

// The parent lets go once it has the report, or when it dies itself.
process.once("disconnect", () => process.exit())
