/** What endpoints declare beside their schemas; handlers, rate limiter and documents read it. */
import { Context, type SchemaAST } from "effect"
import { type Tale, taleOf } from "./Problem.ts"

/** The answer carries the version of its body as `ETag`. */
export class ETag extends Context.Tag("@souk/http/ETag")<ETag, true>() {}

/** Where the thing is that a 201 or 202 tells of, with `:id` for its id. */
export class Location extends Context.Tag("@souk/http/Location")<Location, string>() {}

/** The members of a union, itself where it is none. */
export const membersOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> =>
  ast._tag === "Union" ? ast.types.flatMap(membersOf) : [ast]

/** The problems that an error schema can tell. */
export const talesOf = (ast: SchemaAST.AST): ReadonlyArray<Tale> =>
  membersOf(ast).flatMap(({ annotations }) => taleOf(annotations) ?? [])
