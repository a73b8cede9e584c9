/** Every error the contract knows, and how each is told; read off the contract itself. */
import { HttpApi } from "@effect/platform"
import { Option, type SchemaAST } from "effect"
import { talesOf } from "../Annotations.ts"
import { Api } from "../Api.ts"
import * as Problem from "../Problem.ts"

const httpApp = [
  Problem.notFound,
  Problem.methodNotAllowed,
  Problem.notAcceptable,
  Problem.uriTooLong,
  Problem.payloadTooLarge,
  Problem.unsupportedMediaType
]

const tellers = new Map<string, Problem.Tale["tell"]>()

const learn = (ast: SchemaAST.AST): void => {
  for (const { tag, tell } of talesOf(ast)) tellers.set(tag, tell)
}

HttpApi.reflect(Api, {
  onGroup: () => undefined,
  onEndpoint: ({ errors }) => {
    for (const { ast } of errors.values()) Option.map(ast, learn)
  }
})
for (const { ast } of httpApp) learn(ast)

/** The problem document of an error; nothing for one the contract does not know. */
export const tell = (error: unknown): Problem.ProblemDocument | undefined =>
  typeof error === "object" && error !== null && "_tag" in error && typeof error._tag === "string"
    ? tellers.get(error._tag)?.(error)
    : undefined
