/** Lists the projects of `vitest.workspace.ts`, and writes a report where CI asks for one. */
import { join } from "node:path"
import { defineConfig } from "vitest/config"
import projects from "./vitest.workspace.ts"

const reports = process.env["SOUK_TEST_REPORTS"]

export default defineConfig({
  test: {
    projects,
    // Vitest heeds this here only. Threads serve the projects in memory, whose files may share one:
    // loading Effect anew for each file would take longer than all their tests.
    poolOptions: { threads: { isolate: false } },
    ...(reports && {
      reporters: ["default", "json"],
      outputFile: { json: join(reports, `vitest-${process.pid}.json`) }
    })
  }
})
