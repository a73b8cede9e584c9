#!/usr/bin/env node
// The `souk` command. Runs the build where it is up to date, else the sources, in this same
// process: arguments, exit code and signals are the program's own.
import { existsSync, readdirSync, statSync } from "node:fs"
import { register } from "node:module"

const built = new URL("../dist/bin.js", import.meta.url)
// Written at the end of each build, also of one that left `bin.js` as it was.
const stamp = new URL("../dist/src.tsbuildinfo", import.meta.url)
const sources = ["../src/", "../../http/src/", "../../actors/src/", "../../domain/src/"].map(
  (folder) => new URL(folder, import.meta.url)
)

/** Whether no source is younger than the build; a package that ships without sources has none. */
const isCurrent = () => {
  if (!existsSync(built)) return false
  const builtMs = statSync(existsSync(stamp) ? stamp : built).mtimeMs
  return sources
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true }).map((name) => new URL(name, folder))
    )
    .every((file) => statSync(file).mtimeMs <= builtMs)
}

if (isCurrent()) {
  await import(built.href)
} else {
  const tsx = await import("tsx/esm/api")
  tsx.register()
  // Node has no call that adds an export condition, so a resolution hook does.
  register(
    `data:text/javascript,${encodeURIComponent(`
    export const resolve = (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, "@souk/source"] })
  `)}`
  )
  await import(new URL("../src/bin.ts", import.meta.url).href)
}
