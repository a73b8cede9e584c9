/** Annotations of endpoints, which handlers, the rate limiter and the OpenAPI document read. */
import { Context, type SchemaAST } from "effect"
import { type ProblemEncoder, encoderOf } from "./Problem.ts"

/** The response has the version of its body as `ETag`. */
export class ETag extends Context.Tag("@souk/http/ETag")<ETag, true>() {}

/** A command: its response has `Souk-Position`, which lists can wait for. */
export class Writes extends Context.Tag("@souk/http/Writes")<Writes, true>() {}

/** `Location` of a 201 or 202, with `:id` for the id of the resource. */
export class Location extends Context.Tag("@souk/http/Location")<Location, string>() {}

/** The members of a union; any other schema is its own member. */
export const membersOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> =>
  ast._tag === "Union" ? ast.types.flatMap(membersOf) : [ast]

/** The problem encoders of an error schema. */
export const encodersOf = (ast: SchemaAST.AST): ReadonlyArray<ProblemEncoder> =>
  membersOf(ast).flatMap(({ annotations }) => encoderOf(annotations) ?? [])

/** One value by its name in the OpenAPI document. */
type Example = Readonly<Record<string, unknown>>

/** Examples of the request body and of each response body. */
export class Examples extends Context.Tag("@souk/http/Examples")<
  Examples,
  {
    readonly request?: Example
    /** The body of successful responses. */
    readonly response?: Example
    /** Bodies by status, instead of `response`. */
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

/** The request may hash a password, so it goes through login admission. */
export class LoginAdmission extends Context.Tag("@souk/http/LoginAdmission")<
  LoginAdmission,
  true
>() {}
