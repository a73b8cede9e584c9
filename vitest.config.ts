/** Lists the projects of `vitest.workspace.ts`, and writes a report where CI asks for one. */
import { join } from "node:path"
import { defineConfig } from "vitest/config"
import projects from "./vitest.workspace.ts"

const reports = process.env["SOUK_TEST_REPORTS"]

export default defineConfig({
  test: {
    projects,
    ...(reports && {
      reporters: ["default", "json"],
      outputFile: { json: join(reports, `vitest-${process.pid}.json`) }
    })
  }
})
