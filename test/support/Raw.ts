/** Bytes on a socket, without an HTTP client: what is written is what arrives. */
import { connect, type Socket } from "node:net"
import type { Answer } from "./Client.ts"

export type Part = string | Uint8Array

/** Longer than any limit of the shop's own. */
const answerMsMax = 60_000

export const dial = (baseUrl: string): Socket => {
  const { hostname, port } = new URL(baseUrl)
  const socket = connect(Number(port), hostname)
  // The reader sees the outcome.
  return socket.on("error", () => undefined)
}

/** A request line and headers, with `Host` unless it is given. */
export const head = (line: string, headers: Readonly<Record<string, string | number>>): string =>
  [
    `${line} HTTP/1.1`,
    ...Object.entries({ Host: "shop", ...headers }).map(([name, value]) => `${name}: ${value}`),
    "",
    ""
  ].join("\r\n")

/** The first answer in these bytes, once it is there in full. */
const answerIn = (bytes: Buffer): Answer | undefined => {
  const end = bytes.indexOf("\r\n\r\n")
  if (end < 0) return undefined
  const [line = "", ...fields] = bytes.toString("latin1", 0, end).split("\r\n")
  const headers = new Headers(
    fields.map((field): [string, string] => {
      const colon = field.indexOf(":")
      return [field.slice(0, colon), field.slice(colon + 1).trim()]
    })
  )
  const body = bytes.subarray(end + 4)
  const length = Number(headers.get("content-length") ?? 0)
  return body.length < length
    ? undefined
    : { status: Number(line.split(" ")[1]), headers, text: body.toString("utf8", 0, length) }
}

/**
 * Writes the parts as fast as they are taken, and gives the first answer; fails when the connection
 * ends without one. With `isEnded` our side is closed after the last part.
 */
export const talk = (
  baseUrl: string,
  parts: Iterable<Part>,
  { isEnded = false }: { readonly isEnded?: boolean } = {}
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const socket = dial(baseUrl).setTimeout(answerMsMax)
    let heard = Buffer.alloc(0)
    socket.on("data", (chunk) => {
      heard = Buffer.concat([heard, Buffer.from(chunk)])
      const answer = answerIn(heard)
      if (answer === undefined) return
      socket.destroy()
      resolve(answer)
    })
    socket.on("timeout", () => socket.destroy())
    socket.on("close", () => reject(new Error(`hung up after ${heard.length} bytes`)))
    const remaining = parts[Symbol.iterator]()
    const next = () => {
      const part = remaining.next()
      if (part.done === true) {
        if (isEnded) socket.end()
      } else if (!socket.destroyed) socket.write(part.value, next)
    }
    next()
  })
