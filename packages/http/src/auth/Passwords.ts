/**
 * Passwords, hashed with Argon2id. Hashing is meant to be dear, so only so many are hashed at once,
 * only so many wait, and whoever comes then is sent away at once.
 */
import * as Argon2 from "@node-rs/argon2"
import { Context, Effect, Layer, Redacted } from "effect"
import { randomBytes } from "node:crypto"
import { availableParallelism } from "node:os"
import { Unavailable } from "../Problem.ts"

/** OWASP's ASVS 5.0, Appendix C: at least 46 MiB in one pass, or a slower equivalent. */
const memoryKib = 47_104
const passes = 1
const lanes = 1

/**
 * How many are hashed at once: each takes 46 MiB, a core, and one of the four threads that files
 * and names are looked up with. One core is left to the orders.
 */
const hashesMax = Math.max(1, Math.min(2, availableParallelism() - 1))

/** How many requests with a password are taken in, those that are being hashed among them. */
const admittedMax = 32

const options = {
  algorithm: 2 satisfies Argon2.Algorithm.Argon2id,
  memoryCost: memoryKib,
  timeCost: passes,
  parallelism: lanes
}

export class Passwords extends Context.Tag("@souk/http/Passwords")<
  Passwords,
  {
    /** Runs a request that will hash, unless too many of them run already. */
    readonly admit: <A, E, R>(
      request: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | Unavailable, R>
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

export const layer: Layer.Layer<Passwords> = Layer.effect(
  Passwords,
  Effect.gen(function* () {
    const threads = yield* Effect.makeSemaphore(hashesMax)
    let admitted = 0
    // A thread that hashes cannot be called off, so neither is its permit given back before.
    const hashing = <A>(run: () => Promise<A>) =>
      threads.withPermits(1)(Effect.uninterruptible(Effect.promise(run)))
    const hash = (password: string) => hashing(() => Argon2.hash(password, options))
    const nobodys = yield* hash(randomBytes(16).toString("hex"))
    return Passwords.of({
      admit: (request) =>
        Effect.acquireUseRelease(
          Effect.suspend(() => {
            if (admitted === admittedMax) return Effect.fail(new Unavailable())
            admitted++
            return Effect.void
          }),
          () => request,
          () =>
            Effect.sync(() => {
              admitted--
            })
        ),
      hash: (password) => Effect.map(hash(Redacted.value(password)), (phc) => Redacted.make(phc)),
      verify: (password, known) => {
        const expected = known === undefined ? nobodys : Redacted.value(known)
        return Effect.map(
          hashing(() => Argon2.verify(expected, Redacted.value(password))),
          (isRight) => ({ isRight: isRight && known !== undefined, isWeak: isWeak(expected) })
        )
      }
    })
  })
)
