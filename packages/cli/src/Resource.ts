/**
 * The commands of a room, declared: `list`, `show` and changes from the contract, and any other. A
 * declaration says how a command is called, what help says about it, and what it asks the shop.
 */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type { Client } from "@souk/http/client"
import { Effect, Option } from "effect"
import * as IdempotentCall from "./IdempotentCall.ts"
import { changingOptions, commonOptions } from "./CommonOptions.ts"
import * as Confirmation from "./Confirmation.ts"
import type { Failure } from "./Failure.ts"
import * as Listing from "./Listing.ts"
import { Output, type Paint } from "./Output.ts"
import * as CommandSpec from "./CommandSpec.ts"
import * as Shop from "./Shop.ts"
import type { CommandFailed } from "./CommandFailed.ts"
import * as Values from "./Values.ts"

/** All the commands under one word, in the order in which help shows them. */
export interface Room {
  readonly name: string
  readonly pages: ReadonlyArray<CommandSpec.CommandSpec>
}

type Declared = (room: string) => CommandSpec.CommandSpec

/** `ifMissing` is where to look when the shop knows no such thing. */
export const room = (
  name: string,
  commands: ReadonlyArray<Declared>,
  ifMissing?: string
): Room => ({
  name,
  pages: commands.map((declared) => {
    const page = declared(name)
    const run: CommandSpec.CommandSpec["run"] = (args) =>
      Effect.mapError(page.run(args), (failure) =>
        failure._tag === "ShopFailed" && ifMissing !== undefined
          ? new Shop.ShopFailed({ ...failure, ifMissing })
          : failure
      )
    return { ...page, run }
  })
})

export type Config = Command.Command.Config
export type Given<C extends Config> = Command.Command.ParseConfig<{ readonly own: C }>["own"]
export type Connect = Effect.Effect<Shop.Shop, Failure, CommandSpec.Services>

export interface Told {
  readonly verb: string
  readonly summary: string
  readonly examples: CommandSpec.CommandSpec["examples"]
  readonly notes: CommandSpec.CommandSpec["notes"]
}

/** A command with code of its own. It connects to the shop when it is sure of what it was given. */
export const command =
  <const C extends Config>({
    options,
    run,
    summary,
    ...told
  }: Told & {
    readonly options: C
    readonly run: (given: Given<C>, connect: Connect) => CommandSpec.Run
  }): Declared =>
  (room) =>
    CommandSpec.make(
      room,
      Command.make(told.verb, { own: options, common: commonOptions }, ({ common, own }) =>
        run(own, Shop.connect(common.keyFile))
      ).pipe(Command.withDescription(summary)),
      { ...told, summary }
    )

/** A command without any option, which asks no shop. */
export const bare =
  ({ run, summary, ...told }: Told & { readonly run: CommandSpec.Run }): Declared =>
  (room) =>
    CommandSpec.make(
      room,
      Command.make(told.verb, {}, () => run).pipe(Command.withDescription(summary)),
      {
        ...told,
        summary
      }
    )

/** One thing, as the shop gives it. */
export const show = <const C extends Config, A extends object, E>({
  ask,
  inWords,
  ...told
}: Omit<Told, "verb"> & {
  readonly options: C
  readonly ask: (client: Client, given: Given<C>) => Effect.Effect<A, E>
  readonly inWords: (thing: A, paint: Paint) => string
}) =>
  command({
    verb: "show",
    ...told,
    run: (given, connect) =>
      Effect.gen(function* () {
        const output = yield* Output
        const shop = yield* connect
        const thing = yield* shop.ask((client) => ask(client, given))
        yield* output.data(thing, () => inWords(thing, output.paint))
      })
  })

/** Things page after page, newest first. */
export const list = <const C extends Config, Item extends object, Id extends string, E>({
  after,
  columns,
  idOf,
  none,
  options,
  page,
  things,
  ...told
}: Omit<Told, "verb"> &
  Pick<Listing.List<Item, Id>, "columns" | "idOf" | "none"> & {
    /** Instead of `list`. */
    readonly verb?: string
    readonly things: string
    /** What narrows the list. */
    readonly options: C
    /** The id of the thing after which it goes on. */
    readonly after: Values.Valued<Id, string>
    readonly page: (
      client: Client,
      wish: { readonly limit: number; readonly startingAfter: Id | undefined },
      given: Given<C>
    ) => Effect.Effect<{ readonly data: ReadonlyArray<Item>; readonly hasMore: boolean }, E>
  }) =>
  command({
    verb: "list",
    ...told,
    options: {
      own: options,
      limit: Listing.limitOption(things),
      after: Values.optional("starting-after", after)
    },
    run: (given, connect) =>
      Effect.gen(function* () {
        const shop = yield* connect
        yield* Listing.tellList(
          {
            page: (wish) => shop.ask((client) => page(client, wish, given.own)),
            columns,
            idOf,
            none
          },
          given
        )
      })
  })

/** What came of a change, or would. */
interface Outcome {
  readonly data: object
  readonly words: string
  /** Beside the data: what to do next, mostly. */
  readonly say?: string
  /** Why it does not end well. */
  readonly stop?: CommandFailed
}

export interface Plan {
  readonly preview?: Effect.Effect<Outcome, Failure, CommandSpec.Services>
  /** Needed where the command confirms. */
  readonly question?: string
  /** Sends it, with the header under which asking again does not do it twice. */
  readonly send: (
    headers: IdempotentCall.KeyHeader
  ) => Effect.Effect<Outcome, Shop.ShopFailed, CommandSpec.Services>
}

const tell = ({ data, say, stop, words }: Outcome) =>
  Effect.gen(function* () {
    const output = yield* Output
    yield* output.data(data, () => words)
    if (say !== undefined) yield* output.say(say)
    if (stop !== undefined) return yield* stop
  })

/** Previews a change, or sends it: under a key where it takes one. */
export const carryOut = (
  { preview, send }: Plan,
  {
    earlier,
    isPreview
  }: { readonly isPreview: boolean; readonly earlier: Option.Option<string> | undefined }
) =>
  Effect.gen(function* () {
    if (isPreview && preview !== undefined) {
      const would = yield* preview
      const say = "This was a dry run: nothing was changed."
      return yield* tell({ say, ...would, data: { dryRun: true, ...would.data } })
    }
    const sent = (key: string) => Effect.flatMap(send({ "idempotency-key": key }), tell)
    yield* earlier === undefined ? sent("") : IdempotentCall.once(earlier, sent)
  })

const absent = <A>(value: A) => Options.map(Options.none, () => value)

/**
 * A change: previewed under `--dry-run`, confirmed by a person or `--yes`, sent under a key that is
 * told with every failure. A change that has no preview, no question or no key has no such option.
 */
export const change = <const C extends Config>({
  confirms,
  isKeyed = true,
  isPreviewed = true,
  options,
  plan,
  ...told
}: Told & {
  readonly options: C
  /** Whether it is asked about first. */
  readonly confirms?: true | ((given: Given<C>) => boolean)
  readonly isKeyed?: boolean
  readonly isPreviewed?: boolean
  readonly plan: (
    given: Given<C>,
    shop: Shop.Shop,
    wish: { readonly isPreview: boolean; readonly isRepeat: boolean }
  ) => Plan | Effect.Effect<Plan, Failure, CommandSpec.Services>
}) =>
  command({
    ...told,
    options: {
      own: options,
      yes: confirms === undefined ? absent(false) : Confirmation.confirmingOptions.yes,
      isPreview: isPreviewed ? changingOptions.dryRun : absent(false),
      earlier: isKeyed ? changingOptions.idempotencyKey : absent(Option.none<string>())
    },
    run: ({ earlier, isPreview, own, yes }, connect) =>
      Effect.gen(function* () {
        const isAsked = !isPreview && (typeof confirms === "function" ? confirms(own) : confirms)
        if (isAsked) yield* Confirmation.possible(yes)
        const shop = yield* connect
        const wish = { isPreview, isRepeat: Option.isSome(earlier) }
        const made = plan(own, shop, wish)
        const planned = Effect.isEffect(made) ? yield* made : made
        if (isAsked) yield* Confirmation.ask(yes, planned.question ?? "Go on?")
        yield* carryOut(planned, { isPreview, earlier: isKeyed ? earlier : undefined })
      })
  })
