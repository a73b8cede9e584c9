/** The examples in the docs are those that tests run. */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { current, renewed } from "./support/ConfigurationTable.ts"

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8")

const unindented = (text: string) => text.replace(/^ +/gm, "")

it("shows the examples of TESTING word for word", () => {
  const examples = unindented(read("packages/domain/test/testing/Examples.test.ts"))
  const blocks = [...read("docs/TESTING.md").matchAll(/```ts\n([\s\S]*?)```/g)]
  expect(blocks).toHaveLength(4)
  for (const [, code] of blocks) expect(examples).toContain(unindented(code ?? ""))
})

it("shows the example of CLIENT word for word", () => {
  const example = read("packages/http/test/support/ClientExample.ts")
  const [, code] = /```ts\n([\s\S]*?)```/.exec(read("docs/CLIENT.md")) ?? []
  expect(example.split("\n").slice(1).join("\n")).toBe(code)
})

it("shows the variables of the code in README: npm run fix writes them", () => {
  const text = current()
  expect(text).toBe(renewed(text))
  expect(renewed(text.replace("`SOUK_PORT` |", "`SOUK_SPORT` |"))).toBe(text)
})
