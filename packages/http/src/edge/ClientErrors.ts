/** Responses to requests that no handler sees: malformed HTTP, and requests before the start. */
import { type ServerResponse, STATUS_CODES } from "node:http"
import type { Duplex } from "node:stream"
import { requestIdOf } from "./Request.ts"

interface Refusal {
  readonly status: number
  /** By default the reason phrase of the status. */
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

/** The same document as the contract declares: any client may send a request too early. */
const closed: Refusal = {
  status: 503,
  title: "Service unavailable",
  code: "unavailable",
  detail: "The server is starting or shutting down. Retry in 1 second."
}

const full: Refusal = { ...closed, detail: "Too many concurrent logins. Retry later." }

const responseOf = ({ detail, status, ...given }: Refusal) => {
  const { title = STATUS_CODES[status] ?? "Bad Request" } = given
  const { code = title.toLowerCase().replaceAll(" ", "_") } = given
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

/** Listener of `clientError`. */
export const refuse = (error: NodeJS.ErrnoException, socket: Duplex): void => {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy()
    return
  }
  refuseAndClose(socket, refusals.get(error.code) ?? malformed)
}

/** Listener of `connect`. */
export const refuseTunnel = (_request: unknown, socket: Duplex): void => {
  refuseAndClose(socket, noTunnel, { allow: "GET, HEAD, POST, PUT" })
}

/** Writes the response by hand: Node has no response object for such a connection. */
const refuseAndClose = (
  socket: Duplex,
  refusal: Refusal,
  more: Readonly<Record<string, string>> = {}
) => {
  const { body, headers, title } = responseOf(refusal)
  const lines = Object.entries({ ...headers, ...more }).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${refusal.status} ${title}`, ...lines, "", body].join("\r\n"))
}

/** Refuses a request that comes before the handlers are ready. */
export const shed = (response: ServerResponse): void =>
  send(response, closed, { "retry-after": "1" })

/** Refuses a login at the limit of concurrent logins. `headers` are those of CORS. */
export const shedLogin = (
  response: ServerResponse,
  retryAfterSeconds: number,
  headers: Readonly<Record<string, string>>
): void => send(response, full, { ...headers, "retry-after": `${retryAfterSeconds}` })

/** Listener of `checkExpectation`. */
export const refuseExpectation = (_request: unknown, response: ServerResponse): void =>
  send(response, unexpected)

const send = (
  response: ServerResponse,
  refusal: Refusal,
  more: Readonly<Record<string, string>> = {}
): void => {
  const { body, headers } = responseOf(refusal)
  response.writeHead(refusal.status, { ...headers, ...more }).end(body)
}
