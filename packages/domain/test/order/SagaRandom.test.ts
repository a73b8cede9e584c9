/** Three orders, too little stock, and whatever chance brings: the invariants hold all the way. */
import { describe, it } from "@effect/vitest"
import { hasRepeats, playOut, plots } from "../support/Moves.ts"
import { checkQuiescence } from "../support/Quiescence.ts"

describe("a shop to which anything happens in any order", () => {
  it.prop(
    "keeps every invariant after every event, and settles without pending intents",
    [plots],
    ([plot]) => {
      const shop = playOut(plot).heal()
      checkQuiescence(shop, !hasRepeats(plot))
    },
    { fastCheck: { numRuns: 150 } }
  )
})
