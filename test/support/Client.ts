/** A plain HTTP client: a request, and its unchanged response. */
import { Schema } from "effect"
import { breaches } from "../../packages/http/test/support/Contract.ts"

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export interface Options {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export type Method = "GET" | "POST" | "PUT" | "DELETE"

/** Responses that differ from the OpenAPI document, as text; the first ones are enough. */
export const breached: Array<string> = []

const breachedMax = 20

/** Longer than the longest wait a request may ask for. */
const answerMsMax = 45_000

export class Client {
  readonly #baseUrl: string
  readonly #key: string

  constructor(baseUrl: string, key: string) {
    this.#baseUrl = baseUrl
    this.#key = key
  }

  /** Fails without a response: the outcome is then unknown. */
  async send(method: Method, path: string, options: Options = {}): Promise<Answer> {
    const { body, headers, signal } = options
    const response = await fetch(this.#baseUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal ?? AbortSignal.timeout(answerMsMax)
    })
    const answer = {
      status: response.status,
      headers: response.headers,
      text: await response.text()
    }
    if (breached.length < breachedMax) {
      breached.push(...breaches({ method, url: path, ...answer }))
    }
    return answer
  }

  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    return this.send("POST", path, { body, headers })
  }

  put(path: string, body: unknown) {
    return this.send("PUT", path, { body })
  }

  get(path: string) {
    return this.send("GET", path)
  }

  /** What is at `path`; fails unless it is there and of this shape. */
  async read<A, I>(schema: Schema.Schema<A, I>, path: string): Promise<A> {
    return decode(schema, await this.get(path))
  }

  /** What is at `path`, or nothing where nothing is. */
  async find<A, I>(schema: Schema.Schema<A, I>, path: string): Promise<A | undefined> {
    const answer = await this.get(path)
    return answer.status === 404 ? undefined : decode(schema, answer)
  }

  async isReady(): Promise<boolean> {
    try {
      const options = { signal: AbortSignal.timeout(5_000) }
      return (await this.send("GET", "/readyz", options)).status === 200
    } catch {
      return false
    }
  }
}

/** The body of a successful response; fails, with the response as text, on any other. */
export const decode = <A, I>(schema: Schema.Schema<A, I>, answer: Answer): A => {
  if (answer.status < 200 || answer.status > 299) {
    throw new Error(`answered ${answer.status}: ${answer.text}`)
  }
  return Schema.decodeUnknownSync(Schema.parseJson(schema))(answer.text)
}
