/** The list of contenders, each loaded only in the process that measures it. */
import { peerNamed, peerNames } from "./Peers.ts"
import type { Contender } from "./Work.ts"

const load = {
  souk: async () => (await import("./Souk.ts")).contender,
  soukHttp: async () => (await import("./SoukHttp.ts")).contender,
  soukRunners: async () => (await import("./SoukHttp.ts")).twoRunners,
  staged: async () => (await import("./StagedSql.ts")).contender,
  stagedTuned: async () => (await import("./StagedTunedSql.ts")).contender,
  singleTx: async () => (await import("./SingleTxSql.ts")).contender,
  dbos: () => peerNamed("dbos"),
  restate: () => peerNamed("restate")
} satisfies Record<string, () => Promise<Contender>>

export type ContenderName = keyof typeof load

export const contenderNames: ReadonlyArray<ContenderName> = [
  "souk",
  "soukHttp",
  "soukRunners",
  "staged",
  "stagedTuned",
  "singleTx",
  ...peerNames
]

export const contenderNamed = (name: ContenderName): Promise<Contender> => load[name]()
