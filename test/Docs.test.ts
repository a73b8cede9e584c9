/** What docs/TESTING.md shows is what its tests run. */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8")

const unindented = (text: string) => text.replace(/^ +/gm, "")

it("shows the examples word for word", () => {
  const examples = unindented(read("packages/domain/test/testing/Examples.test.ts"))
  const blocks = [...read("docs/TESTING.md").matchAll(/```ts\n([\s\S]*?)```/g)]
  expect(blocks).toHaveLength(4)
  for (const [, code] of blocks) expect(examples).toContain(unindented(code ?? ""))
})
