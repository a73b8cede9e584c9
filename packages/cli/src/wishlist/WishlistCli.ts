/** `souk wishlist`: what customers wish for. */
import * as Money from "@souk/domain/kernel/Money"
import * as Resource from "../Resource.ts"
import { moment } from "../Table.ts"
import * as Values from "../Values.ts"

const show = Resource.list({
  verb: "show",
  summary: "Show the wishlist of a user, newest wish first.",
  examples: [
    ["souk wishlist show usr_4c1d9e8f7a6b5c4d", "The newest wishes of a customer."],
    [
      "souk wishlist show usr_4c1d9e8f7a6b5c4d --limit 500 --json | jq -r .sku",
      "Every product on the list."
    ]
  ],
  notes: ["--json prints one product a line: {sku, notify, seenPrice, wishedAt}."],
  things: "products",
  options: { user: Values.operand("user", { ...Values.aUserId, says: "Whose, by their id." }) },
  after: { ...Values.aSku, says: "Only products wished for before this one." },
  page: (client, page, { user }) =>
    client.wishlist.list({ urlParams: { customerId: user, ...page }, headers: {} }),
  idOf: ({ sku }) => sku,
  columns: [
    { title: "SKU", cell: ({ sku }) => sku },
    { title: "SEEN AT", cell: ({ seenPrice }) => Money.format(seenPrice), isNumber: true },
    { title: "NOTIFY", cell: ({ notify }) => notify },
    { title: "SINCE", cell: ({ wishedAt }) => moment(wishedAt) }
  ],
  none: "There is nothing on this wishlist."
})

export const wishlist = Resource.room("wishlist", [show])
