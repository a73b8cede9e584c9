/** What the contracts of all rooms share: strict bodies, paths that name things, pages. */
import { HttpApi, HttpApiSchema } from "@effect/platform"
import { Option, Schema, SchemaAST } from "effect"
import { InternalError, InvalidRequest, quotaExceeded, problem, unavailable } from "./Problem.ts"

/** What any path may answer; handlers add the one room that they are of. */
export const contract = HttpApi.make("souk")
  .addError(problem(InvalidRequest, { status: 400, title: "Invalid request" }))
  .addError(unavailable)
  .addError(quotaExceeded)
  .addError(problem(InternalError, { status: 500, title: "Internal error" }))

const strict = {
  parseOptions: { errors: "all", onExcessProperty: "error" }
} as const

/** What a success looks like when its status is not 200; the name in the documentation stays. */
export const withStatus = <A, I>(schema: Schema.Schema<A, I>, status: number) =>
  schema.annotations({
    ...HttpApiSchema.annotations({ status }),
    ...Option.match(SchemaAST.getIdentifierAnnotation(schema.ast), {
      onNone: () => ({}),
      onSome: (identifier) => ({ identifier })
    })
  })

/** A JSON body: these fields and no others. */
export const body = <Fields extends Schema.Struct.Fields>(fields: Fields) =>
  Schema.Struct(fields).annotations(strict)

/** A JSON body without any field. */
export const emptyBody = Schema.Record({
  key: Schema.String,
  value: Schema.Never.annotations({ description: "no field" })
}).annotations({ ...strict, jsonSchema: { type: "object", additionalProperties: false } })

/** Query parameters: these and no others, so that a misspelt one is refused and not ignored. */
export const query = <Fields extends Schema.Struct.Fields>(fields: Fields) =>
  Schema.Struct(fields).annotations(strict)

const Absent: unique symbol = Symbol.for("@souk/http/Absent")

type Absence = (params: Readonly<Record<string, string>>) => { readonly _tag: string }

/** Path parameters. A text that cannot be a name at all names nothing: `absent` says so. */
export const path = <Fields extends Schema.Struct.Fields>(fields: Fields, absent: Absence) =>
  Schema.Struct(fields).annotations({ [Absent]: absent })

/** What a path schema says about names that are none. */
export const absenceOf = (annotations: object): Absence | undefined =>
  Absent in annotations && isAbsence(annotations[Absent]) ? annotations[Absent] : undefined

const isAbsence = (value: unknown): value is Absence => typeof value === "function"

/** How many items a page has by default. */
export const limitDefault = 10

/** How many rows a page of a log has by default. */
export const rowsDefault = 100

/** A whole number in a query or a header. */
export const whole = (minimum: number, maximum: number) =>
  Schema.NumberFromString.pipe(Schema.int(), Schema.between(minimum, maximum)).annotations({
    jsonSchema: { type: "integer", minimum, maximum }
  })

/** The most items a page of a list has. */
const limitMax = 100

/** A page of a list, newest first: the first one, or the one on this side of this item. */
export const listQuery = <Id, IdI extends string>(id: Schema.Schema<Id, IdI>) => ({
  limit: Schema.optional(whole(1, limitMax)),
  startingAfter: Schema.optional(id),
  endingBefore: Schema.optional(id)
})

/** A page of a log, oldest first, starting after the row with this number. */
export const logQuery = (rowsMax: number) => ({
  after: Schema.optional(whole(0, Number.MAX_SAFE_INTEGER)),
  limit: Schema.optional(whole(1, rowsMax))
})

/** One page of a list. `hasMore` says whether another one follows, the way it was asked for. */
export const list = <Item, ItemI>(item: Schema.Schema<Item, ItemI>) =>
  Schema.Struct({
    object: Schema.Literal("list"),
    data: Schema.Array(item),
    hasMore: Schema.Boolean,
    url: Schema.String
  })

/** One page of a log. `next` is the `after` of the following page; null when there was no row. */
export const log = <Row, RowI>(row: Schema.Schema<Row, RowI>) =>
  Schema.Struct({ data: Schema.Array(row), next: Schema.NullOr(Schema.Int) })
