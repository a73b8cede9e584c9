/** Every list of the contract, page by page in both directions, by its links. */
import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { places } from "../support/OpenApiDocument.ts"
import {
  type Answer,
  assertProblem,
  get,
  newCustomer,
  place,
  post,
  sell
} from "../support/Requests.ts"
import { besideRooms } from "../support/BesideRooms.ts"
import { addLetter } from "../support/Operating.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"

/** A list of one caller, which a room describes in a `*Listed.ts` beside its tests. */
interface OwnList {
  readonly path: string
  readonly idOf: string
  readonly unknown: string
  /** Whose list it is, once there is an item. */
  readonly token: () => string
  /** Adds an item; the product LISTED-n is in the catalogue. */
  readonly more: (n: number) => Effect.Effect<void, never, TestHttpApp.TestHttpApp>
}

const own = await besideRooms<OwnList>("Listed.ts")

const more = (n: number) =>
  Effect.gen(function* () {
    yield* sell(`LISTED-${n}`, 10)
    yield* place(`listed-${n}`)
    yield* post("/v1/api-keys", { name: `key ${n}`, scopes: ["orders:read"] })
    yield* newCustomer()
    addLetter()
    yield* Effect.forEach(own, ({ more }) => more(n))
  })

/** The rows of a list, and the id of a row. */
const lists = new Map<string, Pick<OwnList, "idOf" | "unknown">>([
  ...own.map((list) => [list.path, list] as const),
  ["/v1/products", { idOf: "sku", unknown: "NOT-LISTED" }],
  ["/v1/orders", { idOf: "id", unknown: "ord_00000000000000000000" }],
  ["/v1/payments", { idOf: "orderId", unknown: "ord_00000000000000000000" }],
  ["/v1/api-keys", { idOf: "id", unknown: "key_00000000000000000000" }],
  ["/v1/users", { idOf: "id", unknown: "usr_00000000000000000000" }],
  ["/v1/dead-letters", { idOf: "id", unknown: "dl_404404" }]
])

const see = (url: string) => {
  const list = own.find(({ path }) => url.startsWith(`${path}?`))
  return get(url, list && { token: list.token() })
}

const linkOf = ({ headers }: Answer, rel: string): string | undefined =>
  new RegExp(`<([^>]+)>; rel="${rel}"`).exec(headers.get("link") ?? "")?.[1]

/** Far more pages than any list has. */
const pagesMax = 40

/** All pages from this one on. */
const walk = (url: string, rel: "next" | "prev") =>
  Effect.gen(function* () {
    const pages: Array<Answer> = []
    let at: string | undefined = url
    while (at !== undefined && pages.length < pagesMax) {
      const page: Answer = yield* see(at)
      assert.strictEqual(page.status, 200, page.text)
      pages.push(page)
      at = linkOf(page, rel)
      assert.strictEqual(page.body.hasMore, at !== undefined)
    }
    return pages
  })

const idsOf = (pages: ReadonlyArray<Answer>, idOf: string): ReadonlyArray<string> =>
  pages.flatMap(({ body }) => body.data.map((item: Record<string, string>) => item[idOf]))

describe("a list", () => {
  layer(TestHttpApp.layer, { excludeTestServices: true })((it) => {
    it.effect("is tested here", () =>
      Effect.sync(() => {
        const paged = places.filter(({ operation }) =>
          operation.parameters.some(({ name }) => name === "startingAfter")
        )
        assert.sameMembers(
          paged.map(({ path }) => path),
          [...lists.keys()]
        )
        for (const { operation } of paged) {
          assert.isTrue(operation.parameters.some(({ name }) => name === "endingBefore"))
        }
      })
    )

    it.effect("has the same rows in both directions, and new rows only backwards", () =>
      Effect.gen(function* () {
        yield* sell("LAMP")
        for (const n of [1, 2, 3, 4, 5]) yield* more(n)
        const before = new Map<string, ReadonlyArray<Answer>>()
        for (const url of lists.keys()) before.set(url, yield* walk(`${url}?limit=2`, "next"))
        yield* more(6)
        for (const [url, { idOf }] of lists) {
          const forwards = before.get(url) ?? []
          const seen = idsOf(forwards, idOf)
          assert.isAtLeast(seen.length, 5, url)
          assert.strictEqual(new Set(seen).size, seen.length, url)
          // From the oldest one back to the newest, which was not there on the way out.
          const oldest = seen.at(-1)
          const back = yield* walk(`${url}?limit=2&endingBefore=${oldest}`, "prev")
          const rows = [...idsOf(back.toReversed(), idOf), oldest]
          assert.deepStrictEqual(rows.slice(-seen.length), [...seen], url)
          assert.strictEqual(rows.length, seen.length + 1, url)
          // And out again from the middle, by links of both kinds.
          const middle = forwards[1] ?? assert.fail(`${url} has one page`)
          const previous = yield* see(
            linkOf(middle, "prev") ?? assert.fail(`${url} has no way back`)
          )
          assert.deepStrictEqual(previous.body.data, forwards[0]?.body.data, url)
          const again = yield* see(linkOf(previous, "next") ?? assert.fail(`${url} has no way on`))
          assert.deepStrictEqual(again.body, middle.body, url)
        }
      })
    )

    it.effect("refuses two cursors, unknown cursors and invalid limits", () =>
      Effect.gen(function* () {
        yield* sell("LAMP")
        yield* more(7)
        for (const [url, { idOf, unknown }] of lists) {
          const [id] = idsOf([yield* see(`${url}?limit=1`)], idOf)
          const wrong = [
            [`startingAfter=${id}&endingBefore=${id}`, "endingBefore"],
            [`endingBefore=${unknown}`, "endingBefore"],
            [`startingAfter=${unknown}`, "startingAfter"],
            ["endingBefore=", "endingBefore"],
            [`endingBefore=${id}&limit=0`, "limit"],
            [`endingBefore=${id}&limit=101`, "limit"],
            ["limit=1&limit=2", "limit"],
            [`${"x&".repeat(1_500)}unknown=1`, "x"]
          ] as const
          for (const [query, parameter] of wrong) {
            const refused = yield* see(`${url}?${query}`)
            assertProblem(refused, 400, "invalid_request")
            assert.strictEqual(refused.body.errors[0].parameter, parameter, `${url}?${query}`)
          }
          const first = yield* see(`${url}?endingBefore=${id}`)
          assert.deepStrictEqual(first.body.data, [], url)
          assert.isFalse(first.body.hasMore, url)
          assert.isNull(first.headers.get("link"), url)
        }
      })
    )

    it.effect("keeps its filters in links", () =>
      Effect.gen(function* () {
        yield* sell("LAMP")
        yield* more(8)
        const page = yield* get("/v1/orders?limit=1&status=confirmed&customerId=customer-1")
        const next = linkOf(page, "next") ?? assert.fail("has one page")
        assert.include(next, "status=confirmed&customerId=customer-1&limit=1&startingAfter=ord_")
        const previous = linkOf(yield* get(next), "prev") ?? assert.fail("has no way back")
        assert.deepStrictEqual((yield* get(previous)).body.data, page.body.data)
      })
    )
  })
})
