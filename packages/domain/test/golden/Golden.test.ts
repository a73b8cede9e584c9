/**
 * One example of every version of every event, as journals hold it, and of every name that an event
 * was stored under. A file here is never edited: if a codec no longer reads it, or writes it
 * differently, the same is true for stored journals.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { aggregates } from "../../src/Rooms.ts"

const folder = new URL("./", import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith(".json"))

const textOf = (file: string) => readFileSync(new URL(file, folder), "utf8")

const decodeGolden = Schema.decodeSync(
  Schema.parseJson(
    Schema.Struct({ _tag: Schema.String }, { key: Schema.String, value: Schema.Unknown })
  )
)

/** The file as a row of the journal. */
const storedIn = (file: string) => {
  const { _tag: type, ...payload } = decodeGolden(textOf(file))
  const schemaVersion = Number(/\.v(\d+)\.json$/.exec(file)?.[1])
  return { stream: "golden-1", version: 1, type, schemaVersion, payload }
}

const codecs = aggregates.map(({ codec }) => codec)
const aliases = new Map(codecs.flatMap((codec) => Object.entries(codec.aliases)))
const versions = new Map(codecs.flatMap((codec) => [...codec.versions]))

/** One file for each version, of the present name and of those before it. */
const expected = [...versions].flatMap(([type, last]) => {
  const names = [type, ...[...aliases].flatMap(([old, now]) => (now === type ? [old] : []))]
  return names.flatMap((name) =>
    Array.from({ length: last }, (_, index) => `${name}.v${index + 1}.json`)
  )
})

/** Reads the file by the one codec that knows its type. */
const decoded = (file: string) => {
  const stored = storedIn(file)
  const codec = codecs.find(
    ({ aliases, versions }) => versions.has(stored.type) || stored.type in aliases
  )
  assert.isDefined(codec, `no codec reads ${stored.type}`)
  return { event: codec.decode(stored), trusted: codec.decodeTrusted(stored) }
}

const inText = (event: object) => `${JSON.stringify(event, null, 2)}\n`

describe("the golden events", () => {
  it("exist for every version and name of every event, and for no other", () => {
    assert.deepStrictEqual(files.toSorted(), expected.toSorted())
  })

  it("have names that are unique across aggregates", () => {
    const names = codecs.flatMap((codec) => [
      ...codec.versions.keys(),
      ...Object.keys(codec.aliases)
    ])
    assert.strictEqual(new Set(names).size, names.length)
  })

  for (const file of files) {
    const { schemaVersion, type } = storedIn(file)
    const present = aliases.get(type) ?? type
    const isWritten = type === present && schemaVersion === versions.get(type)

    it(`${file} is read${isWritten ? ", and written unchanged" : ` as ${present}`}`, () => {
      const { event, trusted } = decoded(file)
      assert.isTrue(file.startsWith(`${type}.v`))
      assert.strictEqual(event._tag, present)
      assert.deepStrictEqual(trusted, event)
      if (isWritten) assert.strictEqual(inText(event), textOf(file))
    })
  }

  for (const [old, present] of aliases) {
    it(`${old} is the same event as ${present}`, () => {
      assert.deepStrictEqual(decoded(`${old}.v1.json`).event, decoded(`${present}.v1.json`).event)
    })
  }
})
