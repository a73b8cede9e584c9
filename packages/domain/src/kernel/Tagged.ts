/**
 * Choosing by `_tag` from a table that is made once. `Match.valueTags` makes its table, and a
 * matcher over it, at each call: a fifth of what an order allocated.
 */
import type { Schema } from "effect"

export interface Tagged {
  readonly _tag: string
}

/** One entry for each tag that `Value` may have: none may be missing. */
export type ByTag<Value extends Tagged, Out> = {
  readonly [Tag in Value["_tag"]]: (value: Extract<Value, { readonly _tag: Tag }>) => Out
}

/**
 * The entry that `table` has for the tag of `value`. It is of type `Entry` because the table was
 * made with one for each tag, which the compiler cannot follow.
 */
export const entry = <Entry>(table: object, value: Tagged): Entry =>
  (table as Readonly<Record<string, Entry>>)[value._tag] ?? unknown(value)

const unknown = ({ _tag }: Tagged): never => {
  throw new Error(`nothing is known about ${_tag}`)
}

/** A function of a tagged value, written as one function for each tag. */
export const byTag =
  <Value extends Tagged, Out>(table: ByTag<Value, Out>) =>
  (value: Value): Out =>
    entry<(value: Value) => Out>(table, value)(value)

/** The tags of a tagged struct, or of a union of them. */
export const tagsOf = (schema: Schema.Schema.AnyNoContext): ReadonlyArray<string> => {
  const { ast } = schema
  const members = ast._tag === "Union" ? ast.types : [ast]
  return members.flatMap((member) => {
    const tag =
      member._tag === "TypeLiteral"
        ? member.propertySignatures.find(({ name }) => name === "_tag")?.type
        : undefined
    return tag?._tag === "Literal" ? [String(tag.literal)] : []
  })
}
