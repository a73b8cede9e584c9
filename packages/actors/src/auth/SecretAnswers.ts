/** Answers that hand out a secret, remembered without it, so that a repeat gets the same. */
import { Context, type Effect } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"

/** How long a repeat gets the first answer. */
export const memoryMs = 86_400_000

export interface SecretRequest {
  /** Names the request: of whom, on which path, under which Idempotency-Key. */
  readonly id: string
  /** What it asks for. */
  readonly fingerprint: string
  /** From this and a key of the shop the secret follows. */
  readonly salt: string
}

/** The first request of this name, and its answer. */
export interface SecretAnswer extends SecretRequest {
  /** JSON, without the secret. */
  readonly answer: unknown
}

export class SecretAnswers extends Context.Tag("@souk/actors/SecretAnswers")<
  SecretAnswers,
  {
    /**
     * Answers a request of this name once, in one transaction with what the answer changes. Later
     * requests of the name, and those at the same time, get what the first one got. A failure
     * leaves nothing behind.
     */
    readonly once: <E>(
      request: SecretRequest,
      answer: Effect.Effect<unknown, E>
    ) => Effect.Effect<SecretAnswer, E | JournalUnavailable>
  }
>() {}
