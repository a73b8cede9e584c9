/**
 * A thousand people who log in at once: a process of its own, so that who measures a customer
 * beside them measures the shop and not the crowd. On word of its parent it sends all of them, and
 * says what they were answered when the last has an answer.
 */
import { connect } from "node:net"

const [port = "0", people = "0"] = process.argv.slice(2)

const login = (n: number): Promise<string> =>
  new Promise((resolve) => {
    const body = JSON.stringify({
      email: `nobody-${n}@example.com`,
      password: "not their password"
    })
    let heard = ""
    const socket = connect(Number(port), "127.0.0.1")
    socket.on("data", (chunk) => {
      heard += chunk.toString("latin1")
    })
    socket.on("error", () => undefined)
    socket.on("close", () => resolve(/^HTTP\/1\.1 (\d+)/.exec(heard)?.[1] ?? "none"))
    socket.write(
      [
        "POST /v1/auth/login HTTP/1.1",
        "Host: shop",
        "Connection: close",
        "Content-Type: application/json",
        `Content-Length: ${body.length}`,
        "",
        body
      ].join("\r\n")
    )
  })

process.on("message", async () => {
  const statuses = await Promise.all(Array.from({ length: Number(people) }, (_, n) => login(n)))
  const counts: Record<string, number> = {}
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1
  process.send?.(counts)
})

process.send?.("ready")
