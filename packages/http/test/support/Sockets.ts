/** Raw connections to the listener. */
import { connect } from "node:net"
import { Effect } from "effect"
import * as TestHttpApp from "./TestHttpApp.ts"

/** Writes the parts one after another; returns what was read until `until`, or the end. */
export const talk = (parts: Iterable<string>, until: RegExp) =>
  Effect.gen(function* () {
    const { port } = new URL((yield* TestHttpApp.TestHttpApp).url)
    return yield* Effect.async<string>((resume) => {
      const socket = connect(Number(port), "127.0.0.1")
      let text = ""
      const done = () => {
        socket.destroy()
        resume(Effect.succeed(text))
      }
      socket.on("data", (chunk) => {
        text += chunk.toString()
        if (until.test(text)) done()
      })
      socket.on("close", done)
      socket.on("error", done)
      const remaining = parts[Symbol.iterator]()
      const next = () => {
        const part = remaining.next()
        if (part.done !== true && !socket.destroyed) socket.write(part.value, next)
      }
      next()
      return Effect.sync(() => socket.destroy())
    })
  })

export const head = (...headers: ReadonlyArray<string>) =>
  [
    "POST /v1/orders HTTP/1.1",
    ...(headers.some((header) => header.startsWith("Host:")) ? [] : ["Host: souk"]),
    `Authorization: Bearer ${TestHttpApp.adminKey}`,
    "Content-Type: application/json",
    ...headers,
    "",
    ""
  ].join("\r\n")

export const problem = /\r\n\r\n[^]*"code":"[a-z_]+"/
