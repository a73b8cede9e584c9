/**
 * Wakes the watchers of a stream when it has new events. One follower per process reads the changes
 * of the whole journal, from all processes, while there are watchers.
 *
 * A watcher has one pending signal at most and reads the journal at its own pace, so that a slow
 * one costs no memory and misses nothing.
 */
import { Clock, Context, Effect, Layer, Schema, type Scope } from "effect"
import { Journal, type Position, type StreamId } from "./Journal.ts"

/** How many watchers a process accepts in all, and for one stream. */
const watchersMax = 10_000
const watchersOfStreamMax = 100

/** How many changes are read at once. */
const changesMax = 10_000

/** The polling interval for commits of other processes, and the least pause between two reads. */
const pollMs = 250
const pauseMs = 20

/** After this many heartbeats without taking its signal, a watcher is lagging. */
const heartbeatsMissedMax = 2

/** How often every watcher is woken without a change, in milliseconds. */
export class HeartbeatMs extends Context.Reference<HeartbeatMs>()(
  "@souk/actors/StreamNotifier/HeartbeatMs",
  {
    defaultValue: () => 15_000
  }
) {}

/** `closing` is the last one; it replaces `changed`, which replaces `beat`. */
export type Signal = "heartbeat" | "changed" | "closing"

const weights: Readonly<Record<Signal, number>> = { heartbeat: 1, changed: 2, closing: 3 }

/** This process accepts no more watchers. */
export class TooManyWatchers extends Schema.TaggedError<TooManyWatchers>()("TooManyWatchers", {
  stream: Schema.String
}) {
  override get message() {
    return `too many watch ${this.stream}: try again in a moment`
  }
}

export interface Watch {
  /** The next signal; the first one is `changed`, and comes at once. */
  readonly next: Effect.Effect<Signal>
}

export class StreamNotifier extends Context.Tag("@souk/actors/StreamNotifier")<
  StreamNotifier,
  {
    /** Watches until the scope ends. `onLagging` is called when signals are not taken any more. */
    readonly watch: (
      stream: StreamId,
      onLagging: () => void
    ) => Effect.Effect<Watch, TooManyWatchers, Scope.Scope>
    /** Closes all watches, also those that come later. */
    readonly close: () => void
    /** How many watchers there are. */
    readonly size: () => number
  }
>() {}

class Watcher implements Watch {
  readonly #onLagging: () => void
  #untaken: Signal | undefined = "changed"
  #heartbeatsMissed = 0
  #resume: ((signal: Effect.Effect<Signal>) => void) | undefined

  constructor(onLagging: () => void) {
    this.#onLagging = onLagging
  }

  readonly next = Effect.async<Signal>((resume) => {
    this.#heartbeatsMissed = 0
    const signal = this.#untaken
    this.#untaken = undefined
    if (signal !== undefined) return resume(Effect.succeed(signal))
    this.#resume = resume
    return Effect.sync(() => {
      this.#resume = undefined
    })
  })

  signal(signal: Signal): void {
    const resume = this.#resume
    this.#resume = undefined
    if (resume !== undefined) return resume(Effect.succeed(signal))
    const untaken = this.#untaken
    if (untaken === undefined || weights[signal] > weights[untaken]) this.#untaken = signal
  }

  heartbeat(): void {
    if (this.#resume === undefined && ++this.#heartbeatsMissed > heartbeatsMissedMax)
      this.#onLagging()
    else this.signal("heartbeat")
  }
}

class Watchers {
  readonly #byStream = new Map<StreamId, Set<Watcher>>()
  #isClosing = false
  size = 0

  add(stream: StreamId, watcher: Watcher): boolean {
    const others = this.#byStream.get(stream) ?? new Set()
    if (this.size >= watchersMax || others.size >= watchersOfStreamMax) return false
    this.#byStream.set(stream, others.add(watcher))
    this.size++
    if (this.#isClosing) watcher.signal("closing")
    return true
  }

  remove(stream: StreamId, watcher: Watcher): void {
    const watchers = this.#byStream.get(stream)
    if (watchers?.delete(watcher) === true) this.size--
    if (watchers?.size === 0) this.#byStream.delete(stream)
  }

  changed(stream: StreamId): void {
    for (const watcher of this.#byStream.get(stream) ?? []) watcher.signal("changed")
  }

  all(tell: (watcher: Watcher) => void): void {
    for (const watchers of this.#byStream.values()) for (const watcher of watchers) tell(watcher)
  }

  close(): void {
    this.#isClosing = true
    this.all((watcher) => watcher.signal("closing"))
  }
}

/** Reads changes from the present head on, until there are no watchers. */
const follow = (journal: Journal["Type"], watchers: Watchers, wait: Effect.Effect<void>) => {
  const look = (after: Position): Effect.Effect<Position> =>
    journal.changes(after, changesMax).pipe(
      Effect.map((changes) => {
        for (const stream of new Set(changes.map(({ stream }) => stream))) watchers.changed(stream)
        return changes.at(-1)?.position ?? after
      }),
      // The journal is unavailable: watchers learn that when they read, and this continues later.
      Effect.catchAll(() => Effect.as(Effect.sleep(pollMs), after))
    )
  const start = Effect.retry(journal.head, { while: () => watchers.size > 0 && pause })
  return Effect.gen(function* () {
    let after = yield* start
    // For what was written before the follower began.
    watchers.all((watcher) => watcher.signal("changed"))
    while (watchers.size > 0) {
      yield* wait
      after = yield* look(after)
    }
  })
}

const pause = Effect.as(Effect.sleep(pollMs), true)

const make = Effect.gen(function* () {
  const journal = yield* Journal
  const heartbeatMs = yield* HeartbeatMs
  const watchers = new Watchers()
  const hasWatchers = yield* Effect.makeLatch(false)
  const committed = yield* Effect.makeLatch(false)
  const stop = journal.onCommitted(() => committed.unsafeOpen())
  yield* Effect.addFinalizer(() => Effect.sync(stop))
  const wait = Effect.timeoutOption(committed.await, pollMs).pipe(
    Effect.zipRight(Effect.sleep(pauseMs)),
    Effect.zipRight(committed.close)
  )
  yield* hasWatchers.await.pipe(
    Effect.zipRight(hasWatchers.close),
    Effect.zipRight(Effect.ignore(follow(journal, watchers, wait))),
    Effect.forever,
    Effect.forkScoped
  )
  yield* Effect.sync(() => watchers.all((watcher) => watcher.heartbeat())).pipe(
    Effect.delay(heartbeatMs),
    Effect.forever,
    Effect.forkScoped
  )
  return StreamNotifier.of({
    watch: (stream, onLagging) =>
      Effect.acquireRelease(
        Effect.suspend(() => {
          const watcher = new Watcher(onLagging)
          if (!watchers.add(stream, watcher)) return new TooManyWatchers({ stream })
          return Effect.as(hasWatchers.open, watcher)
        }),
        (watcher) => Effect.sync(() => watchers.remove(stream, watcher))
      ),
    close: () => watchers.close(),
    size: () => watchers.size
  })
})

/** Uses the real clock, as the journal does. */
export const layer: Layer.Layer<StreamNotifier, never, Journal> = Layer.scoped(
  StreamNotifier,
  Effect.withClock(make, Clock.make())
)
