/** Values that the examples of all endpoints share: mint tea, one customer and one order. */

export const at = "2026-03-01T09:30:00.000Z"
export const later = "2026-03-01T09:30:01.200Z"
export const orderId = "ord_4bWq7Zr0d1sJ8kYh2XcT"
export const userId = "usr_Jc2hQ0o9rKk4nT1vLw8Z"

export const eur = (amountMinor: number) => ({ amountMinor, currency: "EUR" })

export const user = {
  id: userId,
  email: "ada@example.com",
  name: "Ada",
  role: "customer",
  createdAt: at
}

export const page = (url: string, item: object) => ({
  object: "list",
  data: [item],
  hasMore: false,
  url
})

export const rows = (next: number, row: object) => ({ data: [row], next })
