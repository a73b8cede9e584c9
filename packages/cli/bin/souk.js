#!/usr/bin/env node
// The `souk` command. Runs the build where there is one, else the sources, in this same process:
// arguments, exit code and signals are the program's own.
import { existsSync } from "node:fs"
import { register } from "node:module"

const built = new URL("../dist/bin.js", import.meta.url)

if (existsSync(built)) {
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
