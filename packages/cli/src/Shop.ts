/** The shop that the commands talk to: where it is, with which key, and what may go wrong there. */
import { randomUUID } from "node:crypto"
import type { OrderId } from "@souk/domain/kernel/Ids"
import { type Client, follow, type Followed, make as makeClient } from "@souk/http/client"
import { FetchHttpClient, HttpClient } from "@effect/platform"
import { Configuration } from "@souk/actors/configuration/Configuration"
import { asGiven } from "@souk/actors/configuration/Variable"
import { Data, Effect, Option, Redacted, Stream } from "effect"
import * as AdminKey from "./AdminKey.ts"
import { Misuse } from "./Misuse.ts"

/** How long one answer may take. */
const answerMsMax = 30_000

/** The shop has not answered in time: what it did is not known. */
export class NoAnswer extends Data.TaggedError("NoAnswer")<{ readonly afterMs: number }> {}

type ErrorOf<Operation> = Operation extends (...request: never) => infer Answer
  ? Answer extends Effect.Effect<unknown, infer E>
    ? E
    : never
  : never

/** Operators look after orders; they place none. */
type RoomErrors<Room extends keyof Client> = ErrorOf<
  Client[Room][Exclude<keyof Client[Room], "place">]
>

type Rooms =
  | "products"
  | "inventory"
  | "orders"
  | "payments"
  | "reconciliation"
  | "apiKeys"
  | "users"
  | "journal"
  | "operations"
  | "database"
  | "deadLetters"
  | "stockVerification"
  | "health"

/** Whatever the shop may say instead of an answer, by the contract or against it. */
export type Refusal = { [Room in Rooms]: RoomErrors<Room> }[Rooms]

/** A request that came to nothing, with all that helps to find out why. */
export class ShopFailed extends Data.TaggedError("ShopFailed")<{
  readonly failure: Refusal | NoAnswer
  readonly url: string
  readonly requestId: string
  /** Under which a change was asked for. */
  readonly idempotencyKey?: string
}> {}

export interface Shop {
  readonly url: string
  readonly ask: <A, E extends Refusal>(
    question: (client: Client) => Effect.Effect<A, E>
  ) => Effect.Effect<A, ShopFailed>
  /** Opens the live stream of an order, for everything that comes after this version. */
  readonly follow: (id: OrderId, version: number) => Effect.Effect<Following, ShopFailed>
}

/** A live stream; it fails when nothing came for so long that the connection must be dead. */
export interface Following extends Pick<Followed, "status"> {
  readonly news: Stream.Stream<Stream.Stream.Success<Followed["news"]>, ShopFailed>
}

/** Three heartbeats of the shop. */
const silenceMsMax = 45_000

/** A shop of this machine has told us where it is, if it was told so in the same words. */
const address = Effect.gen(function* () {
  const url = yield* Configuration.url
  if (Option.isSome(url)) return url.value
  const port = Option.map(yield* asGiven(Configuration.port), Redacted.value)
  const isOne = Option.filter(port, (text) => /^[1-9]\d*$/.test(text))
  return `http://127.0.0.1:${Option.getOrElse(isOne, () => Configuration.port.variable.fallback)}`
})

/** The shop at `SOUK_URL`, asked with the admin key. */
export const connect = (keyFile: Option.Option<string>) =>
  Effect.gen(function* () {
    // It cannot be wrong yet: it has a default, and any text will do.
    const url = yield* Effect.flatMap(Effect.orDie(address), checked)
    const key = yield* AdminKey.find(keyFile, isLocal(url))
    const baseUrl = url.href.replace(/\/+$/, "")
    const requestId = `cli_${randomUUID()}`
    const options = { baseUrl, key, requestId }
    const client = yield* makeClient(options)
    const http = yield* HttpClient.HttpClient
    const fail = (failure: Refusal | NoAnswer) =>
      new ShopFailed({ failure, url: baseUrl, requestId })
    const inTime = <A, E extends Refusal>(answer: Effect.Effect<A, E>) =>
      answer.pipe(
        // Whoever is behind a redirect shall not get the key, nor a POST that has become a GET.
        Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
        Effect.timeoutFail({
          duration: answerMsMax,
          onTimeout: () => new NoAnswer({ afterMs: answerMsMax })
        }),
        Effect.mapError(fail)
      )
    const shop: Shop = {
      url: baseUrl,
      ask: (question) => inTime(question(client)),
      follow: (id, version) =>
        follow(options, id, version).pipe(
          Effect.provideService(HttpClient.HttpClient, http),
          inTime,
          Effect.map(({ news, status }) => ({
            status,
            news: news.pipe(
              Stream.mapError(fail),
              Stream.timeoutFail(() => fail(new NoAnswer({ afterMs: silenceMsMax })), silenceMsMax)
            )
          }))
        )
    }
    return shop
  })

const checked = (text: string) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url?.username === "" && url.password === "" && url.search + url.hash === ""
  return url !== undefined && /^https?:$/.test(url.protocol) && isPlain
    ? Effect.succeed(url)
    : new Misuse({
        message: "SOUK_URL is not the address of a shop",
        hint: "It is like http://127.0.0.1:3000, without a user name, a password or a query."
      })
}

const isLocal = ({ hostname }: URL): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
