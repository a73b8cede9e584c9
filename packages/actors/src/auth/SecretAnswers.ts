/** Responses that contain a secret, stored without it, so that a repeat gets the same. */
import { Context, type Effect } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"

/** How long a repeat gets the first response. */
export const memoryMs = 86_400_000

export interface SecretRequest {
  /** Identifies the request: its principal, path and Idempotency-Key. */
  readonly id: string
  /** What it asks for. */
  readonly fingerprint: string
  /** The secret is derived from this and a key of the shop. */
  readonly salt: string
}

/** The first request of this name, and its response. */
export interface SecretAnswer extends SecretRequest {
  /** JSON, without the secret. */
  readonly answer: unknown
}

export class SecretAnswers extends Context.Tag("@souk/actors/SecretAnswers")<
  SecretAnswers,
  {
    /**
     * Handles a request of this name once, in one transaction with its changes. Later and
     * concurrent requests of the name get the response of the first. A failure is not stored.
     */
    readonly once: <E>(
      request: SecretRequest,
      answer: Effect.Effect<unknown, E>
    ) => Effect.Effect<SecretAnswer, E | JournalUnavailable>
  }
>() {}
