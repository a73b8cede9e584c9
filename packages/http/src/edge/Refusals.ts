/** Every error the contract knows, and how each is told; read off the contract itself. */
import { HttpApi } from "@effect/platform"
import { Option, type SchemaAST } from "effect"
import { Api } from "../Api.ts"
import {
  MethodNotAllowed,
  NotAcceptable,
  NotFound,
  PayloadTooLarge,
  type ProblemDocument,
  refusal,
  type Tale,
  taleOf,
  UnsupportedMediaType,
  UriTooLong
} from "../Problem.ts"

/** Errors of the door itself: no room needs to know them. */
const door = [
  refusal(NotFound, { status: 404, title: "Nothing here" }),
  refusal(MethodNotAllowed, { status: 405, title: "Method not allowed" }),
  refusal(NotAcceptable, { status: 406, title: "No such form of the answer" }),
  refusal(UriTooLong, { status: 414, title: "The path is too long" }),
  refusal(PayloadTooLarge, { status: 413, title: "The body is too large" }),
  refusal(UnsupportedMediaType, { status: 415, title: "Not JSON" })
]

const tellers = new Map<string, Tale["tell"]>()

const learn = (ast: SchemaAST.AST): void => {
  if (ast._tag === "Union") return ast.types.forEach(learn)
  const tale = taleOf(ast.annotations)
  if (tale !== undefined) tellers.set(tale.tag, tale.tell)
}

HttpApi.reflect(Api, {
  onGroup: () => undefined,
  onEndpoint: ({ errors }) => {
    for (const { ast } of errors.values()) Option.map(ast, learn)
  }
})
for (const { ast } of door) learn(ast)

/** The problem document of an error; nothing for one the contract does not know. */
export const tell = (error: unknown): ProblemDocument | undefined =>
  typeof error === "object" && error !== null && "_tag" in error && typeof error._tag === "string"
    ? tellers.get(error._tag)?.(error)
    : undefined
