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

const encoders = new Map<string, Problem.ProblemEncoder["encode"]>()

const register = (ast: SchemaAST.AST): void => {
  for (const { tag, encode } of talesOf(ast)) encoders.set(tag, encode)
}

HttpApi.reflect(Api, {
  onGroup: () => undefined,
  onEndpoint: ({ errors }) => {
    for (const { ast } of errors.values()) Option.map(ast, register)
  }
})
for (const { ast } of httpApp) register(ast)

/** The problem document of an error; nothing for one the contract does not know. */
export const encode = (error: unknown): Problem.ProblemDocument | undefined =>
  typeof error === "object" && error !== null && "_tag" in error && typeof error._tag === "string"
    ? encoders.get(error._tag)?.(error)
    : undefined
