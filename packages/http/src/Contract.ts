/** What the contracts of all rooms share: strict bodies, path parameters, pages. */
import { HttpApi, HttpApiSchema } from "@effect/platform"
import { Option, Schema, SchemaAST } from "effect"
import { InternalError, InvalidRequest, quotaExceeded, problem, unavailable } from "./Problem.ts"

/** The errors of every endpoint; handlers add the group of their room. */
export const contract = HttpApi.make("souk")
  .addError(problem(InvalidRequest, { status: 400, title: "Invalid request" }))
  .addError(unavailable)
  .addError(quotaExceeded)
  .addError(problem(InternalError, { status: 500, title: "Internal error" }))

const strict = {
  parseOptions: { errors: "all", onExcessProperty: "error" }
} as const

/** A success with a status other than 200; keeps the name of its schema. */
export const withStatus = <A, I>(schema: Schema.Schema<A, I>, status: number) =>
  schema.annotations({
    ...HttpApiSchema.annotations({ status }),
    ...Option.match(SchemaAST.getIdentifierAnnotation(schema.ast), {
      onNone: () => ({}),
      onSome: (identifier) => ({ identifier })
    })
  })

/** A JSON body. Unknown fields are refused. */
export const body = <Fields extends Schema.Struct.Fields>(fields: Fields) =>
  Schema.Struct(fields).annotations(strict)

/** A JSON body without fields. */
export const emptyBody = Schema.Record({
  key: Schema.String,
  value: Schema.Never.annotations({ description: "no field" })
}).annotations({ ...strict, jsonSchema: { type: "object", additionalProperties: false } })

/** Query parameters. Unknown ones are refused, so that a typo is not ignored. */
export const query = <Fields extends Schema.Struct.Fields>(fields: Fields) =>
  Schema.Struct(fields).annotations(strict)

const Absent: unique symbol = Symbol.for("@souk/http/Absent")

type Absence = (params: Readonly<Record<string, string>>) => { readonly _tag: string }

/** Path parameters. A malformed one is answered with the error `absent`. */
export const path = <Fields extends Schema.Struct.Fields>(fields: Fields, absent: Absence) =>
  Schema.Struct(fields).annotations({ [Absent]: absent })

/** The error of a path schema for malformed parameters. */
export const absenceOf = (annotations: object): Absence | undefined =>
  Absent in annotations && isAbsence(annotations[Absent]) ? annotations[Absent] : undefined

const isAbsence = (value: unknown): value is Absence => typeof value === "function"

/** Default number of items of a page. */
export const limitDefault = 10

/** Default number of rows of a page of a log. */
export const rowsDefault = 100

/** An integer in a query or a header. */
export const whole = (minimum: number, maximum: number) =>
  Schema.NumberFromString.pipe(Schema.int(), Schema.between(minimum, maximum)).annotations({
    jsonSchema: { type: "integer", minimum, maximum }
  })

/** Maximum items of a page. */
const limitMax = 100

/** Parameters of a page of a list, newest first: the first page, or the one beside an item. */
export const listQuery = <Id, IdI extends string>(id: Schema.Schema<Id, IdI>) => ({
  limit: Schema.optional(whole(1, limitMax)),
  startingAfter: Schema.optional(id),
  endingBefore: Schema.optional(id)
})

/** Parameters of a page of a log, oldest first. */
export const logQuery = (rowsMax: number) => ({
  after: Schema.optional(whole(0, Number.MAX_SAFE_INTEGER)),
  limit: Schema.optional(whole(1, rowsMax))
})

/** A page of a list. `hasMore`: whether another page follows in the direction of the request. */
export const list = <Item, ItemI>(item: Schema.Schema<Item, ItemI>) =>
  Schema.Struct({
    object: Schema.Literal("list"),
    data: Schema.Array(item),
    hasMore: Schema.Boolean,
    url: Schema.String
  })

/** A page of a log. `next` is `after` of the next page; null if the page is empty. */
export const log = <Row, RowI>(row: Schema.Schema<Row, RowI>) =>
  Schema.Struct({ data: Schema.Array(row), next: Schema.NullOr(Schema.Int) })
