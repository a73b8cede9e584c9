/**
 * The words of docs/GLOSSARY.md: one word for one thing, and the word is the one that the field
 * uses.
 */
import { at, each, type Rule, type Source } from "./Source.ts"

/** Where former words may stand: in what explains them, and in what has landed. */
const isExempt = ({ path }: Source): boolean =>
  /^(docs\/GLOSSARY\.md|CHANGELOG\.md|UPGRADING\.md|test\/tidy\/Words\.ts|sql\/)/.test(path)

/** Former identifiers, and the words that stand in their place. */
const identifiers: ReadonlyMap<string, string> = new Map([
  ["Resident", "ActorInstance"],
  ["Residents", "ActorInstances"],
  ["mayLeave", "canPassivate"],
  ["letGo", "passivate"],
  ["settleDown", "onIdle"],
  ["restWaiters", "settledWaiters"],
  ["untilRest", "awaitSettled"],
  ["Lodger", "ShardObserver"],
  ["lodge", "register"],
  ["vacate", "evict"],
  ["ShardTerms", "ShardLeases"],
  ["RunnerPresence", "FailureDetector"],
  ["RunnerKey", "ClusterSecret"],
  ["Surroundings", "dependencies"],
  ["Preparing", "BeforeCreate"],
  ["Paying", "IntentExecutor"],
  ["Behaviour", "AggregateDefinition"],
  ["Post", "Transport"],
  ["PostOffice", "Transport"],
  ["Neighbour", "peer"],
  ["Owners", "shard map"],
  ["CommandMemory", "ProcessedCommands"],
  ["hasForgotten", "isTruncated"],
  ["isDoubtful", "needsDurableDedup"],
  ["GroupLoad", "StreamLoader"],
  ["GroupLook", "VersionCheckBatcher"],
  ["JournalRepair", "CommitRecovery"],
  ["JournalTail", "RecentEvents"],
  ["JournalWatch", "StreamNotifier"],
  ["tooSlow", "onLagging"],
  ["believe", "decodeTrusted"],
  ["SagaDue", "Reminder"],
  ["LineAppendsMax", "QueueAppendsMax"],
  ["readRoom", "readCategory"],
  ["RoomEvent", "CategoryEvent"],
  ["Silence", "QueryWatchdog"],
  ["PostgresTenure", "PostgresOwner"],
  ["PostgresDraft", "PostgresInstallation"],
  ["PostgresHome", "PostgresPaths"],
  ["SingleNode", "InstanceLock"],
  ["DatabaseMayLie", "UnsafeDurabilitySetting"],
  ["furnish", "prepare"],
  ["moveIn", "install"],
  ["Door", "HttpApp"],
  ["Handlings", "Handlers"],
  ["Pieces", "StreamingResponse"],
  ["Fitness", "RequestValidation"],
  ["Unparsed", "ClientErrors"],
  ["Turnstile", "LoginAdmission"],
  ["sendAway", "shed"],
  ["Tale", "ProblemEncoder"],
  ["Flaw", "FieldError"],
  ["flaw", "fieldError"],
  ["Drain", "Shutdown"],
  ["hurry", "abortWaits"],
  ["FarewellMs", "ReadinessDelayMs"],
  ["PatienceMs", "GracePeriodMs"],
  ["FirstAnswer", "OriginalResponse"],
  ["OrderNews", "OrderStreamItem"],
  ["Keyed", "DerivedIds"],
  ["Placing", "OrderPlacement"],
  ["Quotas", "RateLimiter"],
  ["QuotaBook", "RateLimitStore"],
  ["turnBack", "compensate"],
  ["OrderAnswers", "OrderReplies"],
  ["OrderHistory", "OrderEvolve"],
  ["RecordUndone", "RecordCompensated"],
  ["StockTally", "StockTotals"],
  ["shelve", "addOnHand"],
  ["lookAhead", "recomputeExpiry"],
  ["takeBack", "returnStock"],
  ["checkRest", "checkQuiescence"],
  ["storm", "chaos"],
  ["ProviderWord", "ProviderStatus"],
  ["teach", "applyCorrections"],
  ["StripeAnswers", "StripeResponses"],
  ["StripeTrouble", "StripeErrors"],
  ["PaymentNotices", "PaymentWebhookSender"],
  ["SandboxPhone", "SandboxWebhookTarget"],
  ["Shortages", "OutOfStockCache"],
  ["Misuse", "UsageError"],
  ["Stopped", "CommandFailed"],
  ["Telling", "ErrorReport"],
  ["JournalBook", "JournalVerifier"],
  ["BookRooms", "CategoryVerifiers"],
  ["complain", "printError"],
  ["Payers", "PaymentScenarios"],
  ["KeptPromises", "OpenApiConformance"],
  ["HonestShop", "ConsistentFixture"],
  ["Scar", "FaultRecord"],
  ["Fleet", "SimCluster"]
])

const identifiersAreTheFields: Rule = {
  says: "no identifier is a private word where the field has one: see docs/GLOSSARY.md",
  check: each((source) =>
    isExempt(source) || !source.path.endsWith(".ts")
      ? []
      : source.code.flatMap((line, index) =>
          [...new Set(line.match(/[A-Za-z]\w*/g))].flatMap((word) => {
            const instead = identifiers.get(word)
            return instead === undefined
              ? []
              : [at(source, index + 1, `${word} is called ${instead} here: docs/GLOSSARY.md`)]
          })
        )
  ),
  broken: { "packages/http/src/Server.ts": "/** . */\nconst a = new Turnstile()" }
}

/** Turns of speech that hide which component does what, and what to write instead. */
const phrases: ReadonlyArray<readonly [phrase: string, instead: string]> = [
  ["whoever", "the caller, the client, the component"],
  ["somebody", "the component"],
  ["nobody", "no caller, no process"],
  ["lest", "so that … not"],
  ["anew", "again"],
  ["in words", "as text"],
  ["comes to nothing", "has no effect"],
  ["at rest", "settled"]
]

/** Folders whose prose is plain already: this list only grows. */
const plainlyWritten: ReadonlyArray<string> = [
  "bench/",
  "crash/",
  "docs/",
  "packages/actors/",
  "packages/cli/",
  "packages/domain/",
  "packages/http/Bundle.ts",
  "packages/http/src/",
  "packages/http/test/",
  "simulation/",
  "test/",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "UPGRADING.md",
  "README.md"
]

/** The table of former words, and this list, have to name them. */
const namesFormerWords = ({ path }: Source): boolean =>
  path === "docs/GLOSSARY.md" || path === "test/tidy/Words.ts"

/** A word in quotes is a name, as that of the Unix user "nobody". */
const isSaid = (phrase: string, line: string): boolean =>
  new RegExp(`(?<!["\`])\\b${phrase}\\b|\\b${phrase}\\b(?!["\`])`, "i").test(line)

const proseIsPlain: Rule = {
  says: "prose names the component that acts: no whoever, nobody, lest, anew and the like",
  check: each((source) =>
    namesFormerWords(source) || !plainlyWritten.some((place) => source.path.startsWith(place))
      ? []
      : source.lines.flatMap((line, index) =>
          phrases.flatMap(([phrase, instead]) =>
            isSaid(phrase, line)
              ? [at(source, index + 1, `says "${phrase}"; write ${instead}`)]
              : []
          )
        )
  ),
  broken: { [`${plainlyWritten[0]}Broken.ts`]: "/** Whoever waits is told. */" }
}

export const wordRules: ReadonlyArray<Rule> = [identifiersAreTheFields, proseIsPlain]
