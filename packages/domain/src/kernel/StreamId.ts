/** The name of an aggregate's event stream: `<category>-<id>`, for example `order-ord_1f2e…`. */

export const streamId = (category: string, id: string): string => `${category}-${id}`

/** Everything before the first dash. A category has no dash; an id may have several. */
export const categoryOf = (stream: string): string => stream.slice(0, stream.indexOf("-"))

/** Everything after the first dash. */
export const idOf = (stream: string): string => stream.slice(stream.indexOf("-") + 1)
