/** What all examples have in common: times, ids, and the shapes of lists and logs. */

export const at = "2026-03-01T09:30:00.000Z"
export const later = "2026-03-01T09:30:01.200Z"
export const orderId = "ord_4bWq7Zr0d1sJ8kYh2XcT"
export const userId = "usr_Jc2hQ0o9rKk4nT1vLw8Z"
export const refundId = "re_4bWq7Zr0d1sJ8kYh2XcT"

export const eur = (amountMinor: number) => ({ amountMinor, currency: "EUR" })

export const list = (url: string, ...data: ReadonlyArray<object>) => ({
  object: "list",
  data,
  hasMore: false,
  url
})

export const log = (next: number, ...data: ReadonlyArray<object>) => ({ data, next })
