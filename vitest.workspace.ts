/** The test projects: five that need no database, one with Postgres, one with whole processes. */
import { defineWorkspace } from "vitest/config"

// Setting the conditions replaces Vite's own, so those are repeated here.
const conditions = ["@souk/source", "module", "node", "development|production"]

const resolution = {
  resolve: { conditions },
  ssr: { resolve: { conditions } }
}

const server = { deps: { inline: [/@souk\//] } }

const setupFiles = ["test/support/DeepEqual.ts"]

/** One package's tests that run in memory. Files share a thread: nothing there is global. */
const inMemory = (name: string) => ({
  ...resolution,
  test: {
    name,
    server,
    setupFiles,
    include: [`packages/${name}/test/**/*.test.ts`],
    exclude: ["**/*.pg.test.ts"],
    pool: "threads" as const,
    isolate: false,
    testTimeout: 20_000
  }
})

export default defineWorkspace([
  inMemory("domain"),
  inMemory("actors"),
  inMemory("http"),
  inMemory("cli"),
  {
    ...resolution,
    test: {
      name: "tidy",
      server,
      setupFiles,
      include: ["test/**/*.test.ts"],
      exclude: ["**/*.system.test.ts"]
    }
  },
  {
    ...resolution,
    test: {
      name: "pg",
      server,
      setupFiles,
      include: ["packages/*/test/**/*.pg.test.ts"],
      globalSetup: ["packages/actors/test/support/PgServer.ts"],
      pool: "forks",
      // One file after another, each with fresh modules.
      poolOptions: { forks: { singleFork: true } },
      hookTimeout: 60_000,
      testTimeout: 60_000
    }
  },
  {
    ...resolution,
    test: {
      name: "system",
      server,
      include: ["test/**/*.system.test.ts"],
      setupFiles: [...setupFiles, "test/support/OpenApiConformance.ts"],
      globalSetup: ["test/support/Build.ts"],
      pool: "forks",
      // One file after another, each with fresh modules.
      poolOptions: { forks: { singleFork: true } },
      hookTimeout: 600_000,
      testTimeout: 600_000
    }
  }
])
