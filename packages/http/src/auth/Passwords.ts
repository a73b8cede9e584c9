/**
 * Passwords, hashed with Argon2id. Hashing is meant to be dear, so it is done in a thread of its
 * own, and only so many requests that hash are under way at once.
 */
import type * as Argon2 from "@node-rs/argon2"
import { Context, Effect, Fiber, Layer, Redacted } from "effect"
import { randomBytes } from "node:crypto"
import * as HashThread from "./HashThread.ts"

/** OWASP's ASVS 5.0, Appendix C: at least 46 MiB in one pass, or a slower equivalent. */
const memoryKib = 47_104
const passes = 1
const lanes = 1

/**
 * How many requests with a password are looked at at once: while one is hashed, another may ask the
 * database, and the connections to it are left to the orders.
 */
const underWayMax = 2

const options = {
  algorithm: 2 satisfies Argon2.Algorithm.Argon2id,
  memoryCost: memoryKib,
  timeCost: passes,
  parallelism: lanes
}

export class Passwords extends Context.Tag("@souk/http/Passwords")<
  Passwords,
  {
    /** Runs a request that will hash as soon as there are few enough of them under way. */
    readonly inTurn: <A, E, R>(request: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
    /** A PHC string with a salt of its own. */
    readonly hash: (password: Redacted.Redacted) => Effect.Effect<Redacted.Redacted>
    /**
     * Whether the password is the one, and whether its hash is weaker than a new one would be.
     * Without a hash it takes as long, and is never the one.
     */
    readonly verify: (
      password: Redacted.Redacted,
      hash: Redacted.Redacted | undefined
    ) => Effect.Effect<{ readonly isRight: boolean; readonly isWeak: boolean }>
  }
>() {}

const phc = /^\$argon2id\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$/

/** Whether a hash has other parameters than a new one would have. */
export const isWeak = (hash: string): boolean => {
  const [, m, t, p] = (phc.exec(hash) ?? []).map(Number)
  return m !== memoryKib || t !== passes || p !== lanes
}

export const layer: Layer.Layer<Passwords> = Layer.scoped(
  Passwords,
  Effect.gen(function* () {
    const thread = yield* HashThread.make
    const turns = yield* Effect.makeSemaphore(underWayMax)
    const hash = (password: string) => thread.hash(password, options)
    // Nobody waits for it, and it is there before the first guess.
    const nobodys = yield* Effect.forkScoped(hash(randomBytes(16).toString("hex")))
    return Passwords.of({
      inTurn: turns.withPermits(1),
      hash: (password) => Effect.map(hash(Redacted.value(password)), (phc) => Redacted.make(phc)),
      verify: (password, known) =>
        Effect.gen(function* () {
          const expected = known === undefined ? yield* Fiber.join(nobodys) : Redacted.value(known)
          const isRight = yield* thread.verify(expected, Redacted.value(password))
          return { isRight: isRight && known !== undefined, isWeak: isWeak(expected) }
        })
    })
  })
)
