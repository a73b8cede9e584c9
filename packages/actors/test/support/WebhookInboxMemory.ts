/** The webhook inbox in memory. */
import { Clock, Effect, Layer } from "effect"
import { type ProviderEvent, WebhookInbox } from "../../src/payment/WebhookInbox.ts"

interface Row extends ProviderEvent {
  attempts: number
  dueMs: number
  readonly receivedMs: number
}

const keyOf = ({ eventId, provider }: ProviderEvent): string => `${provider} ${eventId}`

export const layer: Layer.Layer<WebhookInbox> = Layer.sync(WebhookInbox, () => {
  const rows = new Map<string, Row>()
  return WebhookInbox.of({
    receive: (event) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) => {
        const key = keyOf(event)
        if (rows.has(key)) return false
        const dueMs = event.orderId === undefined ? Number.POSITIVE_INFINITY : nowMs
        rows.set(key, { ...event, attempts: 0, dueMs, receivedMs: nowMs })
        return true
      }),
    claim: (limit, leaseMs, leaseMsMax) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) =>
        [...rows.values()]
          .filter(({ dueMs }) => dueMs <= nowMs)
          .toSorted((one, other) => one.dueMs - other.dueMs)
          .slice(0, limit)
          .flatMap((row) => {
            const { attempts, eventId, orderId, provider, type } = row
            row.attempts++
            row.dueMs = nowMs + Math.min(leaseMsMax, leaseMs * 2 ** attempts)
            return orderId === undefined ? [] : [{ attempts, eventId, orderId, provider, type }]
          })
      ),
    // Nothing in memory reads the error again.
    fail: () => Effect.void,
    finish: (event) =>
      Effect.sync(() => {
        const row = rows.get(keyOf(event))
        if (row !== undefined) row.dueMs = Number.POSITIVE_INFINITY
      }),
    forget: (olderThanMs, limit) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) => {
        const old = [...rows]
          .filter(([, { dueMs }]) => dueMs === Number.POSITIVE_INFINITY)
          .filter(([, { receivedMs }]) => receivedMs < nowMs - olderThanMs)
          .slice(0, limit)
        for (const [key] of old) rows.delete(key)
        return old.length
      })
  })
})
