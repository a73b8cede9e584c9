/** The list of contenders, each loaded only in the process that measures it. */
import type { Contender } from "./Work.ts"

const load = {
  souk: () => import("./Souk.ts"),
  staged: () => import("./StagedSql.ts"),
  stagedTuned: () => import("./StagedTunedSql.ts"),
  singleTx: () => import("./SingleTxSql.ts")
} satisfies Record<string, () => Promise<{ readonly contender: Contender }>>

export type ContenderName = keyof typeof load

export const contenderNames: ReadonlyArray<ContenderName> = [
  "souk",
  "staged",
  "stagedTuned",
  "singleTx"
]

export const contenderNamed = async (name: ContenderName): Promise<Contender> =>
  (await load[name]()).contender
