/** The process of one measurement: starts one contender, measures it, tells the parent. */
import { type ContenderName, contenderNamed } from "./Contenders.ts"
import { type Sale, sell, unitsFor } from "./FlashSale.ts"
import { type Load, measure, type Measurement } from "./Measure.ts"
import { type Running, saleShelves, steadyShelves } from "./Work.ts"

export interface Job {
  readonly contender: ContenderName
  readonly databaseUrl: string
  readonly load: Load | Sale
}

export type Report =
  | { readonly _tag: "Measured"; readonly measurement: Measurement }
  | { readonly _tag: "Failed"; readonly reason: string }

const measured = (running: Running, load: Load | Sale): Promise<Measurement> =>
  load.workload === "flash" ? sell(running, load) : measure(running, load)

const work = async (job: Job): Promise<Report> => {
  try {
    const contender = await contenderNamed(job.contender)
    const { databaseUrl, load } = job
    const shelves = load.workload === "flash" ? saleShelves(unitsFor(load.buyers)) : steadyShelves
    const running = await contender.start(databaseUrl, shelves)
    try {
      return { _tag: "Measured", measurement: await measured(running, load) }
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
