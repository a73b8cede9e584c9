/** A shop under load is killed repeatedly; afterwards all its responses must have been right. */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { edits } from "../crash/Control.ts"
import { run } from "../crash/Run.ts"
import { missed, print } from "../crash/Table.ts"
import { Random } from "./support/Random.ts"

/** Two minutes are enough on an idle machine; with other load a start takes long. */
const timeout = 1_200_000

const say = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

it("loses nothing, adds nothing, and every order ends", { timeout }, async () => {
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
  // Times are checked by `npm run crash`, on an otherwise idle machine.
  expect(missed(report.rows, "promise")).toEqual([])
  expect(report.statuses["500"] ?? 0).toBe(0)
})

it("can patch its bugs into the present build", () => {
  for (const { find, module } of edits) {
    const built = readFileSync(new URL(`../packages${module}`, import.meta.url), "utf8")
    expect([module, built.split(find).length - 1]).toEqual([module, 1])
  }
})
