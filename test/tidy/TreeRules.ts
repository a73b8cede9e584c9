/** Which files there must be, and which there must not be. */
import { aggregates } from "@souk/domain/Rooms"
import { at, each, type Rule, type Source } from "./Source.ts"

const rooms = aggregates.map(({ category }) => category)

/** A shipment is shown through its order; no client addresses it. */
const lacksDoor = (layer: string, room: string): boolean => layer === "http" && room === "shipment"

const noBarrels: Rule = {
  says: "there is no index.ts",
  check: each((source) =>
    /(^|\/)index\.(ts|js)$/.test(source.path)
      ? [at(source, 1, "is a barrel; a path names the room: @souk/domain/order/OrderEvent")]
      : []
  ),
  broken: { "packages/domain/src/index.ts": `/** . */\nexport * from "./order/Order.ts"` }
}

const roles: Readonly<Record<string, ReadonlyArray<string>>> = {
  domain: ["Command", "Event", "View", "Aggregate"],
  actors: ["Entity", "Actor"],
  http: ["Api", "Http"]
}

const inRoom = (sources: ReadonlyArray<Source>, layer: string, room: string) =>
  sources
    .map((source) => new RegExp(`^packages/${layer}/src/${room}/(\\w+)\\.ts$`).exec(source.path))
    .flatMap((match) => match?.[1] ?? [])

const everyRoomHasItsRoles: Rule = {
  says: "every room has every role",
  check: (sources) =>
    rooms.flatMap((room) => {
      const missing = Object.entries(roles).flatMap(([layer, suffixes]) => {
        const names = inRoom(sources, layer, room)
        if (lacksDoor(layer, room)) return []
        return suffixes
          .filter((suffix) => !names.some((name) => name.endsWith(suffix)))
          .map((suffix) => `packages/${layer}/src/${room} lacks its *${suffix}.ts`)
      })
      const names = inRoom(sources, "domain", room)
      const nouns = names.flatMap((name) => /^(\w+)Event$/.exec(name)?.[1] ?? [])
      return nouns.some((noun) => names.includes(noun))
        ? missing
        : [...missing, `packages/domain/src/${room} lacks its state file`]
    }),
  broken: { "packages/domain/src/order/OrderEvent.ts": "/** . */\nexport const event = 1" }
}

const migrationsAreNumbered: Rule = {
  says: "sql/*.sql are numbered from 0001 without gaps",
  check: (sources) =>
    sources
      .filter((source) => source.path.startsWith("sql/"))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1))
      .flatMap((source, index) => {
        const number = String(index + 1).padStart(4, "0")
        return new RegExp(`^sql/${number}_[a-z0-9_]+\\.sql$`).test(source.path)
          ? []
          : [at(source, 1, `should be sql/${number}_what_it_adds.sql`)]
      }),
  broken: { "sql/0001_journal.sql": "", "sql/0003_saga.sql": "" }
}

const oneTitle: Rule = {
  says: "a page has one # Title",
  check: each((source) => {
    if (!source.path.endsWith(".md")) return []
    const prose = source.text.replace(/^ *(```|~~~)[\s\S]*?^ *\1/gm, "")
    const titles = prose.match(/^# .+$/gm)?.length ?? 0
    return titles === 1 ? [] : [at(source, 1, `has ${titles} titles (# ...), not one`)]
  }),
  broken: { "docs/OPERATING.md": "# One\n# Two" }
}

const strictComparison: Rule = {
  says: "every test project sets up test/support/DeepEqual.ts: chai takes Some and None for equal",
  check: each((source) =>
    source.path === "vitest.workspace.ts"
      ? source.text
          .split(/^ +test: \{/m)
          .slice(1)
          .filter((project) => !/\bsetupFiles\b/.test(project))
          .map((project) => at(source, 1, `has no setupFiles: ${project.trim().split("\n")[0]}`))
      : []
  ),
  broken: { "vitest.workspace.ts": '/** . */\n  test: {\n    name: "cli"\n  }' }
}

export const treeRules: ReadonlyArray<Rule> = [
  noBarrels,
  everyRoomHasItsRoles,
  migrationsAreNumbered,
  oneTitle,
  strictComparison
]
