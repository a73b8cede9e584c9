/** Answers to what no handler sees: what cannot be parsed as HTTP, and what comes too early. */
import { type ServerResponse, STATUS_CODES } from "node:http"
import type { Duplex } from "node:stream"
import { requestIdOf } from "./Request.ts"

interface Refusal {
  readonly status: number
  /** Those of the status, where nothing else is said. */
  readonly title?: string
  readonly code?: string
  readonly detail: string
}

const refusals = new Map<string | undefined, Refusal>([
  ["HPE_HEADER_OVERFLOW", { status: 431, detail: "the headers are too large" }],
  ["HPE_CHUNK_EXTENSIONS_OVERFLOW", { status: 413, detail: "a chunk extension is too large" }],
  ["ERR_HTTP_REQUEST_TIMEOUT", { status: 408, detail: "The request did not arrive in time." }]
])

const malformed: Refusal = { status: 400, detail: "Malformed HTTP/1.1 request." }

const unexpected: Refusal = {
  status: 417,
  detail: "The only supported expectation is 100-continue."
}

const noTunnel: Refusal = { status: 405, detail: "CONNECT is not supported." }

/** Said as the contract says it, since any client may come too early. */
const closed: Refusal = {
  status: 503,
  title: "Service unavailable",
  code: "unavailable",
  detail: "The server is starting or shutting down. Retry in 1 second."
}

const full: Refusal = { ...closed, detail: "Too many concurrent logins. Retry later." }

const answerOf = ({ detail, status, ...said }: Refusal) => {
  const { title = STATUS_CODES[status] ?? "Bad Request" } = said
  const { code = title.toLowerCase().replaceAll(" ", "_") } = said
  const type = `https://souk.example/problems/${code.replaceAll("_", "-")}`
  const requestId = requestIdOf(undefined)
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
export const refuse = (error: NodeJS.ErrnoException, socket: Duplex): void => {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy()
    return
  }
  refuseAndClose(socket, refusals.get(error.code) ?? malformed)
}

/** Listens to the server's `connect`. */
export const refuseTunnel = (_request: unknown, socket: Duplex): void => {
  refuseAndClose(socket, noTunnel, { allow: "GET, HEAD, POST, PUT" })
}

/** The last words on a connection that nobody reads from any more. */
const refuseAndClose = (
  socket: Duplex,
  refusal: Refusal,
  more: Readonly<Record<string, string>> = {}
) => {
  const { body, headers, title } = answerOf(refusal)
  const lines = Object.entries({ ...headers, ...more }).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${refusal.status} ${title}`, ...lines, "", body].join("\r\n"))
}

/** Sends a request away that came before anybody was there to handle it, or after. */
export const shed = (response: ServerResponse): void =>
  send(response, closed, { "retry-after": "1" })

/** Sends a login away that finds no place; `headers` are for browsers. */
export const shedLogin = (
  response: ServerResponse,
  retryAfterSeconds: number,
  headers: Readonly<Record<string, string>>
): void => send(response, full, { ...headers, "retry-after": `${retryAfterSeconds}` })

/** Listens to the server's `checkExpectation`. */
export const refuseExpectation = (_request: unknown, response: ServerResponse): void =>
  send(response, unexpected)

const send = (
  response: ServerResponse,
  refusal: Refusal,
  more: Readonly<Record<string, string>> = {}
): void => {
  const { body, headers } = answerOf(refusal)
  response.writeHead(refusal.status, { ...headers, ...more }).end(body)
}
