/**
 * Load clients in a separate process, so that they do not slow down the measured client. The parent
 * tells it when to connect and disconnect; it reports when all are connected, and their responses
 * when the last connection is closed.
 */
import { once } from "node:events"
import type { Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { inParallel } from "./Eventually.ts"
import { dial, head } from "./Raw.ts"

interface Visitor {
  /** What is sent at once, and what every half second after that, if anything. */
  readonly opening: string
  readonly drip?: string
}

interface Kind {
  readonly visitor: (n: number) => Visitor
  /** How many connect at the same time. */
  readonly width: number
}

const login = (n: number): Visitor => {
  const body = JSON.stringify({ email: `unknown-${n}@example.com`, password: "not their password" })
  const headers = { "Content-Type": "application/json", "Content-Length": body.length }
  return { opening: head("POST /v1/auth/login", { ...headers, Connection: "close" }) + body }
}

const slow = (n: number): Visitor =>
  n % 2 === 0
    ? { opening: "POST /v1/orders HTTP/1.1\r\nHost: shop\r\n", drip: "X-Slow: 1\r\n" }
    : {
        opening: head("POST /v1/auth/login", {
          "Content-Type": "application/json",
          "Content-Length": 200_000
        }),
        drip: " "
      }

const kinds: Readonly<Record<string, Kind>> = {
  logins: { visitor: login, width: Infinity },
  idle: { visitor: () => ({ opening: "" }), width: 200 },
  slow: { visitor: slow, width: 200 }
}

const [kind = "", baseUrl = "", people = "0"] = process.argv.slice(2)
const { visitor, width } = kinds[kind] ?? { visitor: login, width: 1 }

/** Each sends a piece every half second, in groups at different times. */
const dripMs = 500
const groups = 25

interface Guest extends Visitor {
  readonly socket: Socket
  /** How its connection was ended by the other side: a status, or that nothing was said. */
  readonly told: Promise<string>
}

const enter = (n: number): Guest => {
  const socket = dial(baseUrl)
  let heard = ""
  socket.on("data", (chunk) => {
    heard += chunk.toString("latin1")
  })
  const told = new Promise<string>((resolve) => {
    socket.on("close", () => resolve(/^HTTP\/1\.1 (\d+)/.exec(heard)?.[1] ?? "none"))
  })
  return { ...visitor(n), socket, told }
}

let guests: ReadonlyArray<Guest> = []

const drip = async (): Promise<void> => {
  for (let turn = 0; guests.some(({ socket }) => !socket.destroyed); turn++) {
    for (let n = turn % groups; n < guests.length; n += groups) {
      const { drip: word, socket } = guests[n]!
      if (word !== undefined && socket.writable) socket.write(word)
    }
    await sleep(dripMs / groups)
  }
}

const come = async (): Promise<void> => {
  const all = [...Array(Number(people)).keys()]
  guests = await inParallel(all, Math.min(width, all.length), async (n) => {
    const guest = enter(n)
    if (guest.opening !== "") guest.socket.write(guest.opening)
    if (width < all.length) await Promise.race([once(guest.socket, "connect"), guest.told])
    return guest
  })
  process.send?.("here")
  if (guests.some((guest) => guest.drip !== undefined)) void drip()
  const counts: Record<string, number> = {}
  for (const { told } of guests) {
    const status = await told
    counts[status] = (counts[status] ?? 0) + 1
  }
  process.send?.(counts)
}

process.on("message", (word) => {
  // Closed by both sides, so that the shop has released them.
  if (word === "leave") for (const { socket } of guests) socket.end()
  else void come()
})

process.send?.("ready")
