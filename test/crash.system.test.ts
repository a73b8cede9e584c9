/** A shop under load is killed again and again; afterwards everything it ever said must be true. */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { edits } from "../crash/Control.ts"
import { run } from "../crash/Run.ts"
import { missed, print } from "../crash/Table.ts"
import { Random } from "./support/Random.ts"

/** On an idle machine two minutes will do; where others work as well, a start takes long. */
const timeout = 1_200_000

const say = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

it("loses nothing, invents nothing and gets stuck nowhere", { timeout }, async () => {
  const { seed } = Random.fromEnvironment()
  say(`crash test: SOUK_TEST_SEED=${seed} repeats its plan`)
  const report = await run(
    {
      kills: 20,
      runners: 1,
      postgresRestarts: 4,
      pauses: 1,
      callers: 20,
      calmAnswers: 100,
      seed,
      control: undefined
    },
    say
  )
  say(`${report.summary}\n${print(report.rows)}`)
  // How long something takes is for `npm run crash`, on a machine that is left alone.
  expect(missed(report.rows, "promise")).toEqual([])
  expect(report.statuses["500"] ?? 0).toBe(0)
})

it("can still put bugs into the shop, to see whether it finds them", () => {
  for (const { find, module } of edits) {
    const built = readFileSync(new URL(`../packages${module}`, import.meta.url), "utf8")
    expect([module, built.split(find).length - 1]).toEqual([module, 1])
  }
})
