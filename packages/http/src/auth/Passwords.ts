/**
 * Hashes passwords with Argon2id. Hashing is expensive by design, so it runs in a thread of its own
 * with a limit of concurrent requests.
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
 * Limit of concurrent requests with a password. While one hashes, another may query the database;
 * the other database connections are left to orders.
 */
const concurrencyMax = 2

const options = {
  algorithm: 2 satisfies Argon2.Algorithm.Argon2id,
  memoryCost: memoryKib,
  timeCost: passes,
  parallelism: lanes
}

export class Passwords extends Context.Tag("@souk/http/Passwords")<
  Passwords,
  {
    /** Runs a request that hashes, within the limit of concurrent ones. */
    readonly inTurn: <A, E, R>(request: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
    /** A PHC string with a random salt. */
    readonly hash: (password: Redacted.Redacted) => Effect.Effect<Redacted.Redacted>
    /**
     * Whether the password matches, and whether its hash is weaker than a new one would be.
     * Without a hash it takes the same time and never matches.
     */
    readonly verify: (
      password: Redacted.Redacted,
      hash: Redacted.Redacted | undefined
    ) => Effect.Effect<{ readonly isRight: boolean; readonly isWeak: boolean }>
  }
>() {}

const phc = /^\$argon2id\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$/

/** Whether the parameters of a hash differ from the current ones. */
export const isWeak = (hash: string): boolean => {
  const [, m, t, p] = (phc.exec(hash) ?? []).map(Number)
  return m !== memoryKib || t !== passes || p !== lanes
}

export const layer: Layer.Layer<Passwords> = Layer.scoped(
  Passwords,
  Effect.gen(function* () {
    const thread = yield* HashThread.make
    const turns = yield* Effect.makeSemaphore(concurrencyMax)
    const hash = (password: string) => thread.hash(password, options)
    // Verified against when an account does not exist. Hashed in the background at start.
    const dummy = yield* Effect.forkScoped(hash(randomBytes(16).toString("hex")))
    return Passwords.of({
      inTurn: turns.withPermits(1),
      hash: (password) => Effect.map(hash(Redacted.value(password)), (phc) => Redacted.make(phc)),
      verify: (password, known) =>
        Effect.gen(function* () {
          const expected = known === undefined ? yield* Fiber.join(dummy) : Redacted.value(known)
          const isRight = yield* thread.verify(expected, Redacted.value(password))
          return { isRight: isRight && known !== undefined, isWeak: isWeak(expected) }
        })
    })
  })
)
