/** What endpoints declare beside their schemas; handlers, rate limiter and documents read it. */
import { Context, type SchemaAST } from "effect"
import { type ProblemEncoder, encoderOf } from "./Problem.ts"

/** The answer carries the version of its body as `ETag`. */
export class ETag extends Context.Tag("@souk/http/ETag")<ETag, true>() {}

/** A command, whose answer says by `Souk-Position` what lists must have read to show it. */
export class Writes extends Context.Tag("@souk/http/Writes")<Writes, true>() {}

/** Where the thing is that a 201 or 202 tells of, with `:id` for its id. */
export class Location extends Context.Tag("@souk/http/Location")<Location, string>() {}

/** The members of a union, itself where it is none. */
export const membersOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> =>
  ast._tag === "Union" ? ast.types.flatMap(membersOf) : [ast]

/** The problems that an error schema can tell. */
export const talesOf = (ast: SchemaAST.AST): ReadonlyArray<ProblemEncoder> =>
  membersOf(ast).flatMap(({ annotations }) => encoderOf(annotations) ?? [])

/** One value under the name by which the document refers to it. */
type Example = Readonly<Record<string, unknown>>

/** An example of each body that is sent and each that comes back. */
export class Examples extends Context.Tag("@souk/http/Examples")<
  Examples,
  {
    readonly request?: Example
    /** The body of every success that has one. */
    readonly response?: Example
    /** Instead of that, by status. */
    readonly otherwise?: Readonly<Record<string, Example>>
  }
>() {}

/**
 * Which limit requests count in: `auth` by address, `checkout` by customer, `none` not at all.
 * Without it they count by their caller, or by their address where the endpoint is public.
 */
export class RateLimit extends Context.Tag("@souk/http/RateLimit")<
  RateLimit,
  "auth" | "checkout" | "none"
>() {}

/** A password may have to be hashed: such requests come in through login admission. */
export class LoginAdmission extends Context.Tag("@souk/http/LoginAdmission")<
  LoginAdmission,
  true
>() {}
