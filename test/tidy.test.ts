/** The house rules. Each is a pure function over the files, with an example that breaks it. */
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { importRules } from "./tidy/ImportRules.ts"
import { parse, readAll } from "./tidy/Source.ts"
import { textRules } from "./tidy/TextRules.ts"
import { treeRules } from "./tidy/TreeRules.ts"
import { wordRules } from "./tidy/Words.ts"

const sources = readAll(fileURLToPath(new URL("..", import.meta.url)))

for (const rule of [...treeRules, ...importRules, ...textRules, ...wordRules]) {
  describe(rule.says, () => {
    it("holds", () => {
      expect(rule.check(sources)).toEqual([])
    })

    it("is noticed when it is broken", () => {
      const broken = Object.entries(rule.broken).map(([path, text]) => parse(path, text))
      expect(rule.check(broken)).not.toEqual([])
    })
  })
}

describe("the reader of sources", () => {
  it("sees the imports that are written over several lines", () => {
    const source = parse("bench/main.ts", `import {\n  a\n} from "@souk/domain/order/Order"`)
    expect(source.imports).toEqual([
      { line: 3, name: "@souk/domain/order/Order", path: "packages/domain/src/order/Order.ts" }
    ])
  })

  it("does not take words in comments and strings for code", () => {
    const source = parse("bench/main.ts", `f("console.") // console.\n/* console. */`)
    expect(source.code.join("\n")).not.toContain("console.")
  })
})
