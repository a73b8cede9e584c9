/** A file of this repository as the tidy rules see it, and how to read them all. */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, posix, relative, sep } from "node:path"

export interface Source {
  /** From the root of the repository, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly lines: ReadonlyArray<string>
  /** The lines without comments. */
  readonly uncommented: ReadonlyArray<string>
  /** The lines without comments, and without what is inside strings. */
  readonly code: ReadonlyArray<string>
  readonly imports: ReadonlyArray<Import>
}

export interface Import {
  readonly line: number
  /** As written. */
  readonly name: string
  /** The file of this repository that is meant, if it is one. */
  readonly path: string | undefined
}

/** What must hold, and the smallest thing in which it does not. */
export interface Rule {
  readonly says: string
  readonly check: (sources: ReadonlyArray<Source>) => ReadonlyArray<string>
  readonly broken: Readonly<Record<string, string>>
}

/** A rule that judges each file alone. */
export const each =
  (judge: (source: Source) => ReadonlyArray<string>): Rule["check"] =>
  (sources) =>
    sources.flatMap(judge)

/** A rule that judges each line of the files it concerns alone, by a complaint or nothing. */
export const eachLine = (
  concerns: (source: Source) => boolean,
  judge: (line: string, source: Source, index: number) => string | undefined,
  lines: (source: Source) => ReadonlyArray<string> = (source) => source.lines
): Rule["check"] =>
  each((source) =>
    concerns(source)
      ? lines(source).flatMap((line, index) => {
          const complaint = judge(line, source, index)
          return complaint === undefined ? [] : [at(source, index + 1, complaint)]
        })
      : []
  )

export const at = (source: Source, line: number, complaint: string) =>
  `${source.path}:${line} ${complaint}`

export const isSource = (source: Source) => /^packages\/\w+\/src\/.+\.ts$/.test(source.path)

export const isCode = (source: Source) => /\.(ts|js)$/.test(source.path)

export const isTest = (source: Source) => /(^|\/)test\//.test(source.path)

/** The package, the folder inside it (a room, or a workshop such as `journal`), and the name. */
export const coordinates = (path: string) => {
  const match = /^packages\/(\w+)\/src\/(?:(.+)\/)?(\w+)\.ts$/.exec(path)
  return match === null
    ? undefined
    : { package: match[1] ?? "", room: match[2] ?? "", name: match[3] ?? "" }
}

export const parse = (path: string, text: string): Source => {
  const uncommented = blank(text, (token) => token.startsWith("//") || token.startsWith("/*"))
  return {
    path,
    text,
    lines: text.split("\n"),
    uncommented: uncommented.split("\n"),
    code: blank(uncommented, () => true).split("\n"),
    imports: /\.(ts|js)$/.test(path) ? importsOf(path, uncommented) : []
  }
}

export const readAll = (root: string): ReadonlyArray<Source> =>
  walk(root).map((path) =>
    parse(relative(root, path).split(sep).join("/"), readFileSync(path, "utf8"))
  )

const walk = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".") || /^(node_modules|dist|coverage)$/.test(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return walk(path)
    return /\.(ts|js|md|sql)$/.test(entry.name) ? [path] : []
  })

const tokens = new RegExp(
  [
    /\/\/.*|\/\*[\s\S]*?\*\//, // comments
    /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/, // strings and templates
    /(?<=[(,=:[!&|?{};]\s*)\/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+\/[a-z]*/ // patterns
  ]
    .map((token) => token.source)
    .join("|"),
  "g"
)

/** Spaces instead of the tokens that match, so that lines and columns stay where they are. */
const blank = (text: string, matches: (token: string) => boolean) =>
  text.replace(tokens, (token) => (matches(token) ? token.replace(/[^\n]/g, " ") : token))

const importsOf = (path: string, text: string): ReadonlyArray<Import> =>
  [
    ...text.matchAll(/^(?:import|export)\s(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm),
    ...text.matchAll(/\bimport\("([^"]+)"\)/g)
  ].map((match) => {
    const name = match[1] ?? ""
    const line = text.slice(0, match.index + match[0].length).split("\n").length
    return { line, name, path: resolve(path, name) }
  })

const resolve = (from: string, name: string) => {
  if (name.startsWith(".")) return posix.join(dirname(from), name)
  const match = /^@souk\/(\w+)\/(.+)$/.exec(name)
  return match === null ? undefined : `packages/${match[1]}/src/${match[2]}.ts`
}
