/**
 * Prints the files whose code runs for one order in one process, from the socket to the confirmed
 * order, with their lines: `npm run order-path`. What runs in an idle process for as long is left
 * out. The counts are of whole files.
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { chmod, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { Client } from "./support/Client.ts"
import { eventually } from "./support/Eventually.ts"
import { freePort } from "./support/Shop.ts"
import { orderBody } from "./support/RequestGenerator.ts"

interface Ran {
  readonly url: string
  readonly functions: ReadonlyArray<string>
}

const root = fileURLToPath(new URL("..", import.meta.url))
const probe = new URL("./support/CoverageProbe.ts", import.meta.url).href
const adminKey = "sk_0123456789abcdef0123456789abcdef"

const directory = await mkdtemp(join(tmpdir(), "souk-path-"))
await chmod(directory, 0o711)
const port = await freePort()
const server = fork("packages/http/src/main.ts", {
  cwd: root,
  execArgv: ["--conditions=@souk/source", "--import", "tsx", "--import", probe],
  env: {
    ...process.env,
    SOUK_PORT: String(port),
    SOUK_DATA_DIR: join(directory, "data"),
    SOUK_ADMIN_KEY: adminKey
  },
  stdio: ["ignore", "ignore", "inherit", "ipc"]
})

const taken = async (): Promise<ReadonlyArray<Ran>> => {
  const answered = once(server, "message")
  server.send("take")
  const [ran] = await answered
  return ran as ReadonlyArray<Ran>
}

/** How long the idle process is listened to: longer than one order takes. */
const idleMs = 3_000

/** How long the process may go on with the order after it has answered. */
const settleMs = 1_000

const sku = "PATH"

const order = async (client: Client, key: string): Promise<void> => {
  const answer = await client.post("/v1/orders", orderBody([{ sku, quantity: 1 }]), {
    "idempotency-key": key,
    prefer: "wait=10"
  })
  if (answer.status !== 201) throw new Error(`answered ${answer.status}: ${answer.text}`)
}

/** What ran for the order and not in the idle process, as files below `packages/`. */
const filesOf = (ran: ReadonlyArray<Ran>, idle: ReadonlyArray<Ran>): ReadonlyArray<string> => {
  const idleOf = new Map(idle.map(({ functions, url }) => [url, new Set(functions)]))
  return ran
    .filter(({ functions, url }) => functions.some((one) => idleOf.get(url)?.has(one) !== true))
    .map(({ url }) => relative(root, fileURLToPath(url)))
    .toSorted()
}

try {
  const client = new Client(`http://127.0.0.1:${port}`, adminKey)
  await eventually("the server is ready", 120_000, async () =>
    (await client.isReady()) ? true : undefined
  )
  await client.put(`/v1/products/${sku}`, {
    name: sku,
    price: { amountMinor: 100, currency: "EUR" }
  })
  await client.post(
    `/v1/inventory/${sku}/receipts`,
    { quantity: 10, reference: "order-path" },
    { "idempotency-key": "order-path-receipt" }
  )
  // What is made once for all orders is made by the first.
  await order(client, "order-path-1")
  await sleep(idleMs)
  await taken()
  await sleep(idleMs)
  const idle = await taken()
  await order(client, "order-path-2")
  // What runs soon after the answer, such as read models, belongs to the order as well.
  await sleep(settleMs)
  const files = filesOf(await taken(), idle)
  const linesOf = (file: string) => readFileSync(join(root, file), "utf8").split("\n").length - 1
  let lines = 0
  for (const file of files) {
    lines += linesOf(file)
    process.stdout.write(`${String(linesOf(file)).padStart(5)} ${file}\n`)
  }
  process.stdout.write(`${files.length} files, ${lines} lines\n`)
} finally {
  server.kill("SIGINT")
  await once(server, "exit")
  await rm(directory, { recursive: true, force: true })
}
