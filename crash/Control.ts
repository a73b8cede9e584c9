/**
 * Builds into which a bug is patched while they are loaded: the checkout is unchanged, and the
 * product has no flag for it. The crash test must catch each of them. Their modules are loaded one
 * by one instead of from the bundle.
 */

interface Edit {
  /** The end of the path of the built module. */
  readonly module: string
  readonly find: string
  readonly put: string
}

const writeBehindMs = 25

/** Numbers the events of a batch after the stored ones, regardless of their writer. */
const unfenced = `
    const streams = batch.appends.map(({ append }) => append.stream)
    const heads = await client.query(
      "SELECT stream, max(version) AS version FROM journal WHERE stream = ANY($1) GROUP BY stream",
      [streams]
    )
    const versions = new Map(heads.rows.map(({ stream, version }) => [stream, version]))
    batch.appends = batch.appends.map((waiting) => {
      const { append } = waiting
      const expected = versions.get(append.stream) ?? 0
      versions.set(append.stream, expected + append.entries.length)
      return { ...waiting, isFirst: false, append: { ...append, expected } }
    })`

const controls = {
  /** Appends after any stored event, and keeps its state and its shards for ever. */
  "no-fence": [
    {
      module: "/actors/dist/journal/Batch.js",
      find: "export const send = (client, watchdog, batch, done) => {",
      put: `
export const send = (client, watchdog, batch, done) => {
  const write = async () => {${unfenced}
  }
  write().then(
    () => fenced(client, watchdog, batch, done),
    (cause) => done({ _tag: "Unknown", cause })
  )
}
const fenced = (client, watchdog, batch, done) => {`
    },
    {
      module: "/actors/dist/cluster/ShardLeases.js",
      find: "return isWithin(this.#provenAt, this.#now());",
      put: "return true"
    },
    {
      module: "/actors/dist/cluster/ShardLeases.js",
      find: "if (!isWithin(this.#provenAt, asked))",
      put: "if (false)"
    },
    {
      module: "/actors/dist/cluster/ShardLeases.js",
      find: "#invalidate() {",
      put: "#invalidate() { return"
    }
  ],
  /** Acknowledges first, and commits a moment later. */
  "write-behind": [
    {
      module: "/actors/dist/journal/JournalWriter.js",
      find: "Batch.send(client, this.#connection.watchdog, batch, (outcome) => {",
      put: `Batch.succeed(batch)
        const send = (...all) => setTimeout(() => Batch.send(...all), ${writeBehindMs})
        send(client, this.#connection.watchdog, batch, (outcome) => {`
    }
  ]
} satisfies Readonly<Record<string, ReadonlyArray<Edit>>>

export type ControlName = keyof typeof controls

export const controlNames: ReadonlyArray<ControlName> = ["write-behind", "no-fence"]

const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`

/** The places of the built shop that a control changes, each with the text that must be there. */
export const edits: ReadonlyArray<Edit> = Object.values(controls).flat()

/** A module that differs from what a control expects fails the start. */
const hooks = (edits: ReadonlyArray<Edit>): string => `
  const edits = ${JSON.stringify(edits)}
  export const resolve = (specifier, context, next) =>
    next(specifier.replace(/\\/dist\\/server\\/souk\\.js$/, "/dist/main.js"), context)
  export const load = async (url, context, next) => {
    const loaded = await next(url, context)
    const mine = edits.filter(({ module }) => url.endsWith(module))
    if (mine.length === 0) return loaded
    let source = String(loaded.source)
    for (const { find, put } of mine) {
      if (!source.includes(find)) throw new Error("not found in " + url + ": " + find)
      source = source.replace(find, () => put)
    }
    return { ...loaded, source }
  }`

/** The environment of the shop with the bug. */
export const environmentOf = (name: ControlName | undefined): Readonly<Record<string, string>> => {
  if (name === undefined) return {}
  const code = `
    import { register } from "node:module"
    register(${JSON.stringify(dataUrl(hooks(controls[name])))})`
  return { NODE_OPTIONS: `--import=${dataUrl(code)}` }
}
