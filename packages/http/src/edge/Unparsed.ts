/** Answers to what no handler sees: what cannot be parsed as HTTP, and what comes too early. */
import { type ServerResponse, STATUS_CODES } from "node:http"
import type { Socket } from "node:net"
import * as RequestId from "./RequestId.ts"

interface Verdict {
  readonly status: number
  readonly detail: string
}

const verdicts = new Map<string | undefined, Verdict>([
  ["HPE_HEADER_OVERFLOW", { status: 431, detail: "the headers are too large" }],
  ["HPE_CHUNK_EXTENSIONS_OVERFLOW", { status: 413, detail: "a chunk extension is too large" }],
  ["ERR_HTTP_REQUEST_TIMEOUT", { status: 408, detail: "the request did not arrive in time" }]
])

const garbled: Verdict = { status: 400, detail: "this is not HTTP/1.1 as this server speaks it" }

const closed: Verdict = { status: 503, detail: "the shop is not open: come again in a moment" }

const answerOf = ({ detail, status }: Verdict) => {
  const title = STATUS_CODES[status] ?? "Bad Request"
  const words = title.toLowerCase()
  const type = `https://souk.example/problems/${words.replaceAll(" ", "-")}`
  const code = words.replaceAll(" ", "_")
  const requestId = RequestId.take(undefined)
  const body = JSON.stringify({ type, title, status, detail, code, requestId })
  const headers = {
    connection: "close",
    "content-type": "application/problem+json",
    "content-length": `${Buffer.byteLength(body)}`,
    "request-id": requestId
  }
  return { title, headers, body }
}

/** Listens to the server's `clientError`. */
export const refuse = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy()
    return
  }
  const verdict = verdicts.get(error.code) ?? garbled
  const { body, headers, title } = answerOf(verdict)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${verdict.status} ${title}`, ...lines, "", body].join("\r\n"))
}

/** Sends a request away that came before anybody was there to handle it, or after. */
export const sendAway = (response: ServerResponse): void => {
  const { body, headers } = answerOf(closed)
  response.writeHead(closed.status, { ...headers, "retry-after": "1" }).end(body)
}
