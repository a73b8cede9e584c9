/** Who may know whom. */
import {
  at,
  coordinates,
  each,
  isSource,
  isTest,
  type Import,
  type Rule,
  type Source
} from "./Source.ts"

/** Judges each import of each source file, by a complaint or nothing. */
const eachImport = (judge: (imported: Import, source: Source) => string | undefined) =>
  each((source) =>
    isSource(source)
      ? source.imports.flatMap((imported) => {
          const complaint = judge(imported, source)
          return complaint === undefined ? [] : [at(source, imported.line, complaint)]
        })
      : []
  )

const knows: Readonly<Record<string, ReadonlyArray<string>>> = {
  domain: ["domain"],
  actors: ["domain", "actors"],
  http: ["domain", "actors", "http"],
  cli: ["domain", "http", "cli"]
}

/** Only what starts a process may wire everything: here, a database without its shop. */
const isWiring = (source: Source, imported: Import): boolean =>
  source.path === "packages/cli/src/bin.ts" &&
  imported.path === "packages/actors/src/database/Operator.ts"

/** The one table of variables is for every program, and knows nothing but effect. */
const isConfiguration = (path: string | undefined): boolean =>
  path?.startsWith("packages/actors/src/configuration/") ?? false

const packagesPointOneWay: Rule = {
  says: "packages point one way: effect <- domain <- actors <- http, and cli to domain and http",
  check: eachImport((imported, source) => {
    if (isWiring(source, imported)) return undefined
    if (isConfiguration(imported.path) && source.path.startsWith("packages/cli/")) return undefined
    const from = coordinates(source.path)
    const to = imported.path === undefined ? undefined : coordinates(imported.path)
    if (from === undefined || to === undefined) return undefined
    return knows[from.package]?.includes(to.package)
      ? undefined
      : `${from.package} may not know ${to.package}; turn the dependency around`
  }),
  broken: {
    "packages/actors/src/order/OrderActor.ts": `/** . */\nimport "@souk/http/order/OrderApi"`
  }
}

const cliKnowsTheContract: Rule = {
  says: "cli knows of http the contract (*Api) and its client, nothing else",
  check: eachImport((imported, source) =>
    source.path.startsWith("packages/cli/") &&
    imported.path?.startsWith("packages/http/") &&
    !/(Api|\/client)\.ts$/.test(imported.path)
      ? `${imported.name} is the server's own; ask through the typed client of the *Api`
      : undefined
  ),
  broken: { "packages/cli/src/Cli.ts": `/** . */\nimport "@souk/http/order/OrderHttp"` }
}

const packagesImportByName: Rule = {
  says: "another package is imported by its name, a file of one's own by its path with .ts",
  check: eachImport((imported, source) => {
    const from = coordinates(source.path)?.package
    const to = imported.path?.split("/")[1]
    if (imported.path === undefined) return undefined
    if (imported.name.startsWith(".")) {
      if (to !== from) return `${imported.name} leaves the package; write @souk/${to}/...`
      return imported.name.endsWith(".ts") ? undefined : `${imported.name} lacks its .ts`
    }
    return to === from ? `${imported.name} is this package; write the relative path` : undefined
  }),
  broken: { "packages/http/src/Api.ts": `/** . */\nimport "../../domain/src/order/Order.ts"` }
}

const domainKnowsEffectOnly: Rule = {
  says: "domain imports effect, and nothing else from outside",
  check: eachImport((imported, source) =>
    source.path.startsWith("packages/domain/") &&
    imported.path === undefined &&
    !/^effect(\/|$)/.test(imported.name)
      ? `${imported.name} does not belong in domain; let the actors do it`
      : undefined
  ),
  broken: { "packages/domain/src/order/Order.ts": `/** . */\nimport { readFile } from "node:fs"` }
}

/** kernel <- Event, View <- Command <- the state and its helpers <- Saga <- Aggregate <- Rooms */
const rank = (room: string, name: string) => {
  if (room === "kernel") return 0
  if (/(Event|View)$/.test(name)) return 1
  if (name.endsWith("Command")) return 2
  if (name.endsWith("Aggregate")) return 5
  return name.endsWith("Saga") ? 4 : 3
}

/** The one list of aggregates. */
const isRoomList = (path: string | undefined): boolean => path === "packages/domain/src/Rooms.ts"

/** The shop in memory, for tests: it is made of every room, and no room knows of it. */
const isTestShop = (path: string | undefined): boolean =>
  /^packages\/domain\/src\/testing(\/|\.ts$)/.test(path ?? "")

const testShopStaysOutside: Rule = {
  says: "no product code knows the shop in memory, which is for tests",
  check: eachImport((imported, source) =>
    isTestShop(imported.path) && !isTestShop(source.path)
      ? `${imported.name} is for tests; only they may import it`
      : undefined
  ),
  broken: { "packages/actors/src/Demo.ts": `/** . */\nimport "@souk/domain/testing"` }
}

const domainLooksInwards: Rule = {
  says: "inside domain: kernel <- Event, View <- Command <- state <- Saga <- Aggregate",
  check: eachImport((imported, source) => {
    const from = coordinates(source.path)
    const to = imported.path === undefined ? undefined : coordinates(imported.path)
    if (from?.package !== "domain" || to?.package !== "domain") return undefined
    if (isTestShop(source.path) || isRoomList(source.path)) return undefined
    return rank(to.room, to.name) > rank(from.room, from.name)
      ? `${from.name} may not know ${to.name}; what both need belongs further in`
      : undefined
  }),
  broken: { "packages/domain/src/order/OrderEvent.ts": `/** . */\nimport "./OrderCommand.ts"` }
}

const roomsMeetInSagas: Rule = {
  says: "inside domain only a Saga knows another room, by its Command, Event and View",
  check: eachImport((imported, source) => {
    const from = coordinates(source.path)
    const to = imported.path === undefined ? undefined : coordinates(imported.path)
    if (from?.package !== "domain" || to?.package !== "domain") return undefined
    if (isTestShop(source.path) || isRoomList(source.path)) return undefined
    if (from.room === to.room || to.room === "kernel") return undefined
    if (!from.name.endsWith("Saga")) return `${from.name} may not know the room ${to.room}`
    return /(Command|Event|View)$/.test(to.name)
      ? undefined
      : `${to.name} is private to its room; use its Command, Event or View`
  }),
  broken: {
    "packages/domain/src/order/OrderState.ts": `/** . */\nimport "../payment/PaymentEvent.ts"`
  }
}

const actorsAreListedOnce: Rule = {
  says: "an *Actor file is imported by Rooms.ts only",
  check: eachImport((imported, source) =>
    /\/\w+Actor\.ts$/.test(imported.path ?? "") && source.path !== "packages/actors/src/Rooms.ts"
      ? `${imported.name} is behaviour; send a message to its *Entity instead`
      : undefined
  ),
  broken: {
    "packages/http/src/order/OrderHttp.ts": `/** . */\nimport "@souk/actors/order/OrderActor"`
  }
}

const configurationStandsAlone: Rule = {
  says: "configuration/ imports effect and itself, so that the command line can load it",
  check: eachImport((imported, source) =>
    isConfiguration(source.path) && !isConfiguration(imported.path) && imported.name !== "effect"
      ? `${imported.name} would be loaded by every command; keep it out of the table`
      : undefined
  ),
  broken: {
    "packages/actors/src/configuration/Configuration.ts": `/** . */\nimport "../journal/Journal.ts"`
  }
}

/** Entry points of a process, and what other people's tests import. */
const isEntry = (path: string): boolean => /\/(main|bin)\.ts$/.test(path) || isTestShop(path)

const nothingIsDead: Rule = {
  says: "every source file is imported by a program, not by tests alone",
  check: (sources) => {
    const programs = sources.filter((source) => !isTest(source))
    const imported = new Set(programs.flatMap((source) => source.imports.map(({ path }) => path)))
    return sources.flatMap((source) =>
      isSource(source) && !imported.has(source.path) && !isEntry(source.path)
        ? [
            at(
              source,
              1,
              "is imported by no program: use it, delete it, or move it to test/support"
            )
          ]
        : []
    )
  },
  broken: {
    "packages/domain/src/order/OrderOld.ts": `/** . */\nexport const old = 1`,
    "packages/domain/test/order/Old.test.ts": `import "../../src/order/OrderOld.ts"`
  }
}

export const importRules: ReadonlyArray<Rule> = [
  packagesPointOneWay,
  cliKnowsTheContract,
  packagesImportByName,
  domainKnowsEffectOnly,
  domainLooksInwards,
  roomsMeetInSagas,
  testShopStaysOutside,
  actorsAreListedOnce,
  configurationStandsAlone,
  nothingIsDead
]
