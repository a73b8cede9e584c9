/** How help tells of the commands that follow an order, and of those that move it on. */
import * as Page from "../Page.ts"
import { cancel, deliver, ship } from "./OrderStepsCli.ts"
import { timeline } from "./TimelineCli.ts"
import { watch } from "./WatchCli.ts"

const keyed = [
  "Each attempt has an idempotency key. When it fails, the key is printed: with",
  "--idempotency-key it can be tried again, and is done once at most.",
  "--json prints the order as `souk order show --json` does."
]

const id = "ord_3f8a2c9d1b7e4a60"

export const stepPages = [
  Page.make("order", timeline, {
    verb: "timeline",
    examples: [
      [`souk order timeline ${id}`, "What happened, and who did it."],
      [`souk order timeline ${id} --json | jq -r .type`, "The events, for a script."]
    ],
    notes: ["--json prints one entry a line: {version, type, at, summary, actor}."]
  }),
  Page.make("order", watch, {
    verb: "watch",
    examples: [
      [`souk order watch ${id}`, "What happened, and what happens from now on."],
      [`souk order watch ${id} --for 30 --quiet`, "Is it through within half a minute?"]
    ],
    notes: [
      "Ends with 0 when the order is confirmed, cancelled, shipped or delivered, and with 1 when",
      "it is still on its way after --for. Ctrl-C stops watching, and changes nothing.",
      "When the connection breaks, or the shop is started anew, it goes on where it was: nothing",
      "is missed or told twice. It gives up after half a minute without a shop.",
      "--json prints one entry a line: {version, type, at, summary}."
    ]
  }),
  Page.make("order", cancel, {
    verb: "cancel",
    examples: [
      [`souk order cancel ${id} --reason requested_by_customer`, "The customer asked for it."],
      [`souk order cancel ${id} --dry-run`, "Can it still be cancelled?"]
    ],
    notes: [
      "An order that was shipped cannot be cancelled; it can be refunded.",
      "Where stdin or stderr is no terminal nobody can be asked, and --yes is required.",
      ...keyed
    ]
  }),
  Page.make("order", ship, {
    verb: "ship",
    examples: [
      [`souk order ship ${id}`, "It left the house, as it was booked."],
      [`souk order ship ${id} --tracking 3SABC123456`, "The carrier gave it another number."]
    ],
    notes: ["Only a confirmed order can be shipped.", ...keyed]
  }),
  Page.make("order", deliver, {
    verb: "deliver",
    examples: [
      [`souk order deliver ${id}`, "It has just arrived."],
      [`souk order deliver ${id} --at 2025-01-31T12:00:00Z`, "It arrived then."]
    ],
    notes: ["Only a shipped order can be delivered.", ...keyed]
  })
]
