/** The shop that the commands talk to: where it is, with which key, and what may go wrong there. */
import { randomUUID } from "node:crypto"
import type { OrderId } from "@souk/domain/kernel/Ids"
import { type Client, follow, type Followed, make as makeClient } from "@souk/http/client"
import {
  FetchHttpClient,
  HttpClient,
  HttpClientError,
  type HttpClientResponse
} from "@effect/platform"
import { Configuration } from "@souk/actors/configuration/Configuration"
import { asGiven } from "@souk/actors/configuration/Variable"
import { Data, Effect, FiberRef, Option, Redacted, Schema, Stream } from "effect"
import * as AdminKey from "./AdminKey.ts"
import { UsageError } from "./UsageError.ts"

/** How long one answer may take. */
const answerMsMax = 30_000

/** The shop has not answered in time: what it did is not known. */
export class NoAnswer extends Data.TaggedError("NoAnswer")<{ readonly afterMs: number }> {}

/** What a shop says instead of an answer: the members of a problem document that any has. */
const Problem = Schema.Struct({
  status: Schema.Int,
  code: Schema.String,
  detail: Schema.String,
  errors: Schema.optionalWith(
    Schema.Array(Schema.Record({ key: Schema.String, value: Schema.String })),
    { exact: true }
  )
})
const decodeProblem = Schema.decode(Schema.parseJson(Problem))

/** The shop has said no, or that it cannot. */
export class Refused extends Data.TaggedError("Refused")<{
  readonly problem: typeof Problem.Type
}> {}

/** An answer that is not in the contract, and no problem document either. */
export class Unexpected extends Data.TaggedError("Unexpected")<{
  /** Where there was an answer that cannot be read. */
  readonly status?: number
}> {}

/** A request that failed, with all that helps to find out why. */
export class ShopFailed extends Data.TaggedError("ShopFailed")<{
  readonly failure: Refused | Unexpected | NoAnswer | HttpClientError.RequestError
  readonly url: string
  readonly requestId: string
  /** Under which a change was asked for. */
  readonly idempotencyKey?: string
  /** The command that shows what there is, where there is no such thing. */
  readonly ifMissing?: string
}> {
  /** The status and code of a refusal; zero and nothing where it is none. */
  get refused() {
    return this.failure._tag === "Refused" ? this.failure.problem : { status: 0, code: "" }
  }
}

interface Last {
  response?: HttpClientResponse.HttpClientResponse
}

/** Where the answer to the request of a fiber is kept, beside what the typed client makes of it. */
const lastOfFiber = FiberRef.unsafeMake<Last>({})

const keeping = HttpClient.transformResponse(
  Effect.tap((response) =>
    Effect.map(FiberRef.get(lastOfFiber), (last) => {
      last.response = response
    })
  )
)

/** The problem document of an answer. One that knows no such path is not in the contract. */
const problemOf = ({ response }: Last) =>
  response?.headers["content-type"]?.startsWith("application/problem+json")
    ? response.arrayBuffer.pipe(
        Effect.flatMap((bytes) => decodeProblem(new TextDecoder().decode(bytes))),
        Effect.option,
        Effect.map(Option.filter(({ code, status }) => code !== "not_found" && status !== 405))
      )
    : Effect.succeedNone

const why = (error: unknown): ShopFailed["failure"] => {
  if (error instanceof NoAnswer || error instanceof HttpClientError.RequestError) return error
  return error instanceof HttpClientError.ResponseError
    ? new Unexpected({ status: error.response.status })
    : new Unexpected({})
}

export interface Shop {
  readonly url: string
  readonly ask: <A, E>(
    question: (client: Client) => Effect.Effect<A, E>
  ) => Effect.Effect<A, ShopFailed>
  /** Opens the live stream of an order, for everything that comes after this version. */
  readonly follow: (id: OrderId, version: number) => Effect.Effect<OrderStream, ShopFailed>
}

/** A live stream; it fails when nothing came for so long that the connection must be dead. */
export interface OrderStream extends Pick<Followed, "status"> {
  readonly items: Stream.Stream<Stream.Stream.Success<Followed["items"]>, ShopFailed>
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
    // Reading it cannot fail: it has a default, and any text is valid.
    const url = yield* Effect.flatMap(Effect.orDie(address), checked)
    const key = yield* AdminKey.find(keyFile, isLocal(url))
    const baseUrl = url.href.replace(/\/+$/, "")
    const requestId = `cli_${randomUUID()}`
    const options = { baseUrl, key, requestId }
    const http = keeping(yield* HttpClient.HttpClient)
    const client = yield* Effect.provideService(makeClient(options), HttpClient.HttpClient, http)
    const fail = (failure: ShopFailed["failure"]) =>
      new ShopFailed({ failure, url: baseUrl, requestId })
    const inTime = <A, E>(answer: Effect.Effect<A, E>) =>
      Effect.suspend(() => {
        const last: Last = {}
        return answer.pipe(
          // The target of a redirect must not get the key, nor a POST that has become a GET.
          Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
          Effect.timeoutFail({
            duration: answerMsMax,
            onTimeout: () => new NoAnswer({ afterMs: answerMsMax })
          }),
          Effect.locally(lastOfFiber, last),
          Effect.catchAll((error) =>
            // A late response may have a body that never ends.
            Effect.flatMap(
              error instanceof NoAnswer ? Effect.succeedNone : problemOf(last),
              (problem) =>
                fail(Option.isSome(problem) ? new Refused({ problem: problem.value }) : why(error))
            )
          )
        )
      })
    const shop: Shop = {
      url: baseUrl,
      ask: (question) => inTime(question(client)),
      follow: (id, version) =>
        follow(options, id, version).pipe(
          Effect.provideService(HttpClient.HttpClient, http),
          inTime,
          Effect.map(({ items, status }) => ({
            status,
            items: items.pipe(
              Stream.mapError((error) => fail(why(error))),
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
    : new UsageError({
        message: "SOUK_URL is not the address of a shop",
        hint: "It is like http://127.0.0.1:3000, without a user name, a password or a query."
      })
}

const isLocal = ({ hostname }: URL): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
