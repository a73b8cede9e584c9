/**
 * The table of variables in README.md, made from the one in code. As a program it writes it; the
 * tests compare it.
 */
import { variables } from "@souk/actors/configuration/Configuration"
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const readme = fileURLToPath(new URL("../../README.md", import.meta.url))

const open = "<!-- from Configuration.ts: npm run fix -->\n"
const close = "<!-- to here -->\n"

const row = (...cells: ReadonlyArray<string>) =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`

const table = [
  row("variable", "default", "allowed", "meaning"),
  row("---", "---", "---", "---"),
  ...variables.map(({ variable: { allowed, fallback, isSecret, meaning, name } }) =>
    row(`\`${name}\``, fallback, `${allowed}${isSecret ? " (a secret)" : ""}`, meaning)
  )
].join("")

export const current = (): string => readFileSync(readme, "utf8")

/** The text with today's table in it. */
export const renewed = (text: string): string => {
  const [before, rest = ""] = text.split(open)
  const [, after] = rest.split(close)
  if (after === undefined) throw new Error(`README.md lacks ${open} or ${close}`)
  return `${before}${open}${table}${close}${after}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(readme, renewed(current()))
