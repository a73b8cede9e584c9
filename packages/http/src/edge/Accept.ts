/** Whether a client takes the one form of answer there is (RFC 9110, section 12.5.1). */

const range = /^([\w!#$&^.+*-]+)\/([\w!#$&^.+*-]+)$/
const weight = /^q=([01](?:\.\d{0,3})?)$/i

/** How closely a media range fits: exactly, by its kind, as anything, or not at all. */
const fitOf = (wish: string, type: string): number => {
  if (wish === type) return 3
  if (wish === `${type.split("/", 1)[0]}/*`) return 2
  return wish === "*/*" ? 1 : 0
}

/** The header as ranges with their weights. What cannot be read is passed over. */
const wishesOf = (accept: string): ReadonlyArray<readonly [wish: string, weight: number]> =>
  accept.split(",").flatMap((item) => {
    const [wish = "", ...parameters] = item.split(";").map((part) => part.trim().toLowerCase())
    if (!range.test(wish)) return []
    const weights = parameters.flatMap((parameter) => weight.exec(parameter)?.[1] ?? [])
    return [[wish, Number(weights[0] ?? 1)]]
  })

/** The closest range decides. Who wishes for nothing that can be read takes everything. */
export const takes = (accept: string | undefined, type: string): boolean => {
  if (accept === undefined || accept === "*/*" || accept === type) return true
  const wishes = wishesOf(accept)
  let best = { fit: 0, weight: wishes.length === 0 ? 1 : 0 }
  for (const [wish, weight] of wishes) {
    const fit = fitOf(wish, type)
    if (fit > best.fit) best = { fit, weight }
  }
  return best.weight > 0
}
