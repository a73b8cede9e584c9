/** What may stand in a file, and how much of it. */
import { aggregates } from "@souk/domain/Rooms"
import { at, each, eachLine, isCode, isSource, isTest, type Rule, type Source } from "./Source.ts"

const columnsMax = 100
const functionLinesMax = 70
const fileLinesMax = 500
const testFileLinesMax = 500

const columns: Rule = {
  says: `a line of code has at most ${columnsMax} columns`,
  check: eachLine(
    (source) => isCode(source) || source.path.endsWith(".sql"),
    (line) =>
      line.length > columnsMax ? `has ${line.length} columns, at most ${columnsMax}` : undefined
  ),
  broken: { "sql/0001_journal.sql": `-- ${"wide ".repeat(20)}\nSELECT 1;` }
}

const fileLength: Rule = {
  says: `a file has at most ${fileLinesMax} lines, a test ${testFileLinesMax}`,
  check: each((source) => {
    if (!isCode(source)) return []
    const max = isTest(source) ? testFileLinesMax : fileLinesMax
    const count = source.text.trimEnd().split("\n").length
    return count > max
      ? [at(source, count, `is line ${count} of at most ${max}; which second noun is hiding?`)]
      : []
  }),
  broken: {
    "packages/domain/src/order/Order.ts": `/** . */${"\n".repeat(fileLinesMax)}const a = 1`
  }
}

const indentation = (line: string) => line.length - line.trimStart().length

// The formatter guarantees that a function opens at the end of a line, and that the first later
// line at the same depth closes it. A suite of tests is a list, not a function.
const opensFunction = (line: string) =>
  /(=>|\bfunction\b.*|^\s+(?!if|for|while|switch|catch)[\w\s]+\(.*\).*) \{$/.test(line) &&
  !/\b(describe|layer)(\.\w+)*\(/.test(line)

const functionLength: Rule = {
  says: `a function has at most ${functionLinesMax} lines`,
  check: each((source) =>
    isCode(source)
      ? source.code.flatMap((line, start) => {
          if (!opensFunction(line)) return []
          if (/\b(describe|layer)(\.\w+)*\(/.test(source.code[start + 1] ?? "")) return []
          const depth = indentation(line)
          const length =
            source.code.slice(start + 1).findIndex((later) => {
              return later.trim() !== "" && indentation(later) <= depth
            }) + 2
          return length > functionLinesMax
            ? [at(source, start + 1, `opens a function of ${length} lines; name a part of it`)]
            : []
        })
      : []
  ),
  broken: {
    "packages/domain/src/order/Order.ts": `const long = () => {${"\n  work()".repeat(70)}\n}`
  }
}

const docComment: Rule = {
  says: "every source file opens with a doc comment",
  check: each((source) =>
    isSource(source) && !/^(#!.*\n)?\/\*\*/.test(source.text)
      ? [at(source, 1, "opens without a /** sentence that says what it is */")]
      : []
  ),
  broken: { "packages/domain/src/order/Order.ts": `import { Effect } from "effect"\n` }
}

interface Ban {
  readonly words: string
  readonly instead: string
  /** Where it is allowed, each with the reason. */
  readonly except?: ReadonlyArray<readonly [where: RegExp, why: string]>
}

const castsAllowed: Ban["except"] = [
  [/^packages\/domain\/src\/kernel\//, "brands and folds are proved here, once for all rooms"],
  [/^packages\/actors\/src\/journal\//, "a row becomes the event that was written as this row"],
  [/^packages\/actors\/src\/cluster\//, "the one table of actors erases what each of them knows"]
]

const entryPoints: Ban["except"] = [[/\/(main|bin)\.ts$/, "the process itself starts here"]]

const journalRows: Ban["except"] = [
  [/^packages\/actors\/src\/journal\//, "text that this folder wrote; events are decoded after it"]
]

const bans: ReadonlyArray<Ban> = [
  { words: "process.env", instead: "Config, in a layer", except: entryPoints },
  { words: "new Date(", instead: "the command's `at`, or DateTime" },
  { words: "Date.now", instead: "Clock.currentTimeMillis, or the command's `at`" },
  { words: "Math.random", instead: "Random" },
  { words: "JSON.parse", instead: "Schema.parseJson", except: journalRows },
  { words: "console.", instead: "Effect.log, or Console", except: entryPoints },
  { words: "as any", instead: "the type that it has", except: castsAllowed },
  { words: "as never", instead: "the type that it has", except: castsAllowed },
  { words: "as unknown as", instead: "a Schema, or a guard", except: castsAllowed }
]

const bannedWords: ReadonlyArray<Rule> = bans.map(({ words, instead, except }) => {
  const end = /\w$/.test(words) ? "\\b" : ""
  const pattern = new RegExp(`\\b${words.replace(/[.(]/g, "\\$&")}${end}`)
  return {
    says: `${words} is banned: use ${instead}`,
    check: eachLine(
      (source) => isSource(source) && !except?.some(([where]) => where.test(source.path)),
      (line) => (pattern.test(line) ? `use ${instead}, not ${words}` : undefined),
      (source) => source.code
    ),
    broken: { "packages/http/src/Server.ts": `/** . */\nf(x ${words} y)` }
  }
})

const table = "packages/actors/src/configuration/"

const primitives = new RegExp(
  [
    "\\bConfig\\.(string|nonEmptyString|integer|number|port|boolean|literal|redacted|secret|url",
    "|date|duration|logLevel|nested|option|withDefault|array|hashSet|hashMap)\\b"
  ].join("")
)

const configurationIsOneTable: Rule = {
  says: "a variable of the environment is declared in configuration/ and read through its table",
  check: eachLine(
    (source) => isSource(source) && !source.path.startsWith(table),
    (line) => (primitives.test(line) ? "declare it in Configuration.ts and read that" : undefined),
    (source) => source.code
  ),
  broken: { "packages/http/src/Server.ts": `/** . */\nconst port = Config.integer("SOUK_PORT")` }
}

const castsAreExplained: Rule = {
  says: "a cast, where one is allowed, stands under a comment that says why it is true",
  check: eachLine(
    isSource,
    (line, source, index) => {
      if (!/\bas (any|never|unknown as)\b/.test(line)) return undefined
      const above = source.lines[index - 1]?.trim() ?? ""
      return /^(\/\/|\*|\/\*)|\*\/$/.test(above) ? undefined : "say above why this cast is true"
    },
    (source) => source.code
  ),
  broken: { "packages/domain/src/kernel/EventCodec.ts": `/** . */\n\nconst a = b as never` }
}

const nothingIsLeftForLater: Rule = {
  says: "nothing is left for later",
  check: eachLine(
    (source) => !source.path.endsWith("TextRules.ts"),
    (line) => {
      const match = /\b(TODO|FIXME)\b/.exec(line)
      return match === null ? undefined : `${match[1]}: do it now, or open an issue`
    }
  ),
  broken: { "docs/ADR.md": "# Title\nTODO: the rest" }
}

const sqlText = new RegExp(
  [
    /\bsql(<.*>)?`/, // a template
    /\bSELECT\s+([\w*].*\bFROM|\w+\()/, // statements in strings
    /\b(INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|FOR\s+UPDATE)\b/,
    /\b(CREATE|ALTER|DROP|TRUNCATE)\s+(TABLE|INDEX|DATABASE|SCHEMA|ROLE)\b/
  ]
    .map((text) => text.source)
    .join("|"),
  "i"
)

const sqlFolders = "journal|subscription|projection|database|reminder"
const sqlLives = new RegExp(
  String.raw`^packages/actors/src/((${sqlFolders})/|.*(ReadModel|Pg)\.ts$)`
)

const sqlAtHome: Rule = {
  says: `SQL lives in ${sqlFolders}, *ReadModel.ts and *Pg.ts`,
  check: eachLine(
    (source) => isSource(source) && !sqlLives.test(source.path),
    (line) =>
      sqlText.test(line) ? "SQL text; move it to the read model or a *Pg driver" : undefined,
    (source) => source.uncommented
  ),
  broken: { "packages/http/src/Server.ts": `/** . */\nconst rows = sql\`SELECT 1\`` }
}

const isProgram = (source: Source): boolean =>
  isSource(source) || /^(simulation|crash|bench)\/.+\.ts$/.test(source.path)

const streamName = new RegExp(
  `["\`](${aggregates.map(({ category }) => category).join("|")})-(\\$\\{|["\`])`
)

const streamsAreNamedOnce: Rule = {
  says: "a stream's name is made and taken apart by kernel/Aggregate alone",
  check: eachLine(
    isProgram,
    (line) => {
      const match = streamName.exec(line)
      return match === null ? undefined : `${match[0]}: use streamId or idOf of the Aggregate`
    },
    (source) => source.uncommented
  ),
  broken: { "packages/http/src/order/OrderHttp.ts": "/** . */\nconst stream = `order-${id}`" }
}

const codecsAreMadeOnce: Rule = {
  says: "an EventCodec is made by Aggregate.define alone, so that every reader knows each version",
  check: eachLine(
    (source) => isProgram(source) && source.path !== "packages/domain/src/kernel/Aggregate.ts",
    (line) => (line.includes("EventCodec.make(") ? "use the codec of the Aggregate" : undefined),
    (source) => source.code
  ),
  broken: { "packages/http/src/Server.ts": "/** . */\nconst codec = EventCodec.make(OrderEvent)" }
}

/** The columns that a statement gives out as text under a name that the table has as well. */
const castToText = /(\w+)::text(?:\s+AS\s+"?(\w+)"?)?/gi

/** The rest of a SELECT: without what its parentheses hold, and up to the one that closes it. */
const sameLevel = (text: string): string => {
  let depth = 0
  let level = ""
  for (const character of text) {
    if (character === "(") depth++
    if (depth === 0 && character !== ")") level += character
    if (character === ")" && --depth < 0) break
  }
  return level
}

/** The unqualified names that a statement is ordered by. */
const orderedBy = (statement: string): ReadonlyArray<string> =>
  [...statement.matchAll(/\bORDER\s+BY\s+(.*)/gis)].flatMap(([, list = ""]) =>
    list.split(",").flatMap((term) => /^\s*"?(\w+)"?(?![.\w(])/.exec(term)?.[1] ?? [])
  )

const numbersSortAsNumbers: Rule = {
  says: "what a statement casts to text is ordered by the qualified column: text sorts 10 before 9",
  check: each((source) => {
    const isSql = source.path.endsWith(".sql")
    if (!isCode(source) && !isSql) return []
    const text = source.uncommented.join("\n")
    return [...text.matchAll(castToText)].flatMap(({ 0: cast, 1: column, 2: alias, index }) => {
      const rest = sameLevel(text.slice(index).split(isSql ? ";" : "`", 1)[0] ?? "")
      const name = alias ?? column ?? ""
      return orderedBy(rest).includes(name)
        ? [at(source, text.slice(0, index).split("\n").length, `${cast} … ORDER BY ${name}`)]
        : []
    })
  }),
  broken: {
    "packages/actors/src/payment/PaymentReadModel.ts":
      `/** . */\nsql\`SELECT coalesce(id, '') AS id, ${"position"}::text\n` +
      `FROM list WHERE position > 1\nORDER BY position LIMIT 1\``
  }
}

export const textRules: ReadonlyArray<Rule> = [
  columns,
  fileLength,
  functionLength,
  docComment,
  ...bannedWords,
  configurationIsOneTable,
  castsAreExplained,
  nothingIsLeftForLater,
  sqlAtHome,
  streamsAreNamedOnce,
  codecsAreMadeOnce,
  numbersSortAsNumbers
]
