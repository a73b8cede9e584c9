/** A client of Souk's HTTP, as light as Node allows: connections are kept, bodies are JSON. */
import { Agent, request } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"

/** The JSON of a response; `{}` without a body. */
export type Body = Readonly<Record<string, unknown>>

export interface Answer {
  readonly status: number
  readonly body: Body
}

export interface Client {
  readonly send: (
    method: string,
    path: string,
    body?: object | number,
    headers?: Readonly<Record<string, string>>
  ) => Promise<Answer>
  readonly close: () => void
}

/** As a storefront's client: a request that gets 503 is repeated under the same key. */
const attemptsMax = 10
const againMs = 100

/** The time limit of a request: longer than an order may take. */
const silenceMsMax = 60_000

const isLater = (status: number): boolean => status === 202 || status === 503 || status === 429

export const makeClient = (port: number, adminKey: string): Client => {
  const agent = new Agent({ keepAlive: true })
  const sendOnce = (...[method, path, body, headers = {}]: Parameters<Client["send"]>) =>
    new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
      const text = body === undefined ? "" : JSON.stringify(body)
      const sent = request(
        {
          agent,
          host: "127.0.0.1",
          port,
          method,
          path,
          timeout: silenceMsMax,
          headers: {
            authorization: `Bearer ${adminKey}`,
            ...(body && {
              "content-type": "application/json",
              "content-length": Buffer.byteLength(text)
            }),
            ...headers
          }
        },
        (response) => {
          response.setEncoding("utf8")
          let answer = ""
          response.on("data", (chunk: string) => {
            answer += chunk
          })
          response.once("error", reject)
          response.once("end", () => resolve({ status: response.statusCode ?? 0, text: answer }))
        }
      )
      sent.once("error", reject)
      sent.once("timeout", () => sent.destroy(new Error(`no answer in ${silenceMsMax} ms`)))
      sent.end(text)
    })
  return {
    send: async (...asked) => {
      for (let attempt = 1; ; attempt++) {
        const { status, text } = await sendOnce(...asked)
        if (!isLater(status) || attempt === attemptsMax) {
          return { status, body: JSON.parse(text || "{}") }
        }
        await sleep(againMs)
      }
    },
    close: () => agent.destroy()
  }
}
