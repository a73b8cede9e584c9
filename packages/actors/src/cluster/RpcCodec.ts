/** The schemas of an entity's messages, compiled once for each Rpc. */
import { type Rpc, RpcSchema } from "@effect/rpc"
import { type Either, type ParseResult, Schema } from "effect"

/** The schemas of one Rpc, compiled. */
export interface Codec<R extends Rpc.Any> {
  readonly payload: (value: unknown) => unknown
  readonly success: (value: unknown) => unknown
  readonly failure: (value: unknown) => unknown
  readonly readSuccess: Read<Rpc.SuccessExit<R>>
  readonly readFailure: Read<Rpc.ErrorExit<R>>
}

type Read<A> = (json: unknown) => Either.Either<A, ParseResult.ParseError>

/** `Rpc.Any` with the types of its schemas, which need no services here. */
interface Schemas<R extends Rpc.Any> {
  readonly payloadSchema: Schema.Schema<unknown>
  readonly successSchema: Schema.Schema<Rpc.SuccessExit<R>>
  readonly errorSchema: Schema.Schema<Rpc.ErrorExit<R>>
}

const codecs = new WeakMap<object, Codec<never>>()

export const codecOf = <R extends Rpc.Any>(rpc: R): Codec<R> => {
  const known = codecs.get(rpc)
  // It was put there under this Rpc.
  if (known !== undefined) return known as unknown as Codec<R>
  // See `Schemas`.
  const { errorSchema, payloadSchema, successSchema } = rpc as unknown as Schemas<R>
  if (RpcSchema.isStreamSchema(successSchema)) {
    throw new Error(`${rpc._tag} is a stream: this transport carries single replies only`)
  }
  const codec: Codec<R> = {
    payload: Schema.encodeUnknownSync(payloadSchema),
    success: Schema.encodeUnknownSync(successSchema),
    failure: Schema.encodeUnknownSync(errorSchema),
    readSuccess: Schema.decodeUnknownEither(successSchema),
    readFailure: Schema.decodeUnknownEither(errorSchema)
  }
  // Codecs of all Rpcs share one map, which gives each its type back.
  codecs.set(rpc, codec as unknown as Codec<never>)
  return codec
}
