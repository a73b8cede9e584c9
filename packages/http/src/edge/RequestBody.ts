/** The body of a request: JSON, bounded, and read only when somebody asks for it. */
import type { IncomingMessage } from "node:http"
import type { HttpServerRequest } from "@effect/platform"
import { NodeHttpServerRequest } from "@effect/platform-node"
import { Effect, Either } from "effect"
import { InvalidRequest, PayloadTooLarge, UnsupportedMediaType } from "../Problem.ts"
import * as Json from "./Json.ts"

/** The most bytes a body may have. */
export const bytesMax = 256 * 1024

type BodyFailure = InvalidRequest | PayloadTooLarge | UnsupportedMediaType

/** Whether this is what can be wrong with a body. */
export const isFailure = (error: unknown): error is BodyFailure =>
  error instanceof InvalidRequest ||
  error instanceof PayloadTooLarge ||
  error instanceof UnsupportedMediaType

const json = /^application\/json *(?:; *charset *= *"?utf-8"? *)?$/i

/** The bytes as they came, for whoever has to check a signature over them. */
export const raw = (
  request: HttpServerRequest.HttpServerRequest
): Effect.Effect<Buffer, PayloadTooLarge> => {
  const source = NodeHttpServerRequest.toIncomingMessage(request)
  return Number(source.headers["content-length"] ?? 0) > bytesMax
    ? Effect.fail(new PayloadTooLarge({ bytesMax }))
    : Effect.catchAll(bytes(source), (failure) =>
        failure instanceof PayloadTooLarge ? Effect.fail(failure) : Effect.succeed(Buffer.of())
      )
}

/** The value of the body; `{}` where there is none. */
export const read = (source: IncomingMessage): Effect.Effect<unknown, BodyFailure> => {
  const { "content-encoding": encoding = "identity", "content-type": type = "application/json" } =
    source.headers
  if (!json.test(type)) return Effect.fail(new UnsupportedMediaType({ contentType: type }))
  if (encoding !== "identity") {
    return Effect.fail(new UnsupportedMediaType({ contentType: `${encoding} encoding` }))
  }
  if (Number(source.headers["content-length"] ?? 0) > bytesMax) {
    return Effect.fail(new PayloadTooLarge({ bytesMax }))
  }
  return Effect.flatMap(bytes(source), parse)
}

/** Counts while it reads. What comes after the limit is thrown away as it arrives. */
const bytes = (source: IncomingMessage): Effect.Effect<Buffer, BodyFailure> =>
  Effect.async((resume) => {
    const chunks: Array<Buffer> = []
    let length = 0
    const done = (outcome: Effect.Effect<Buffer, BodyFailure>): void => {
      source.off("data", onData).off("end", onEnd).off("error", onError)
      source.resume()
      resume(outcome)
    }
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      if (length > bytesMax) done(Effect.fail(new PayloadTooLarge({ bytesMax })))
      else chunks.push(chunk)
    }
    const onEnd = (): void => done(Effect.succeed(Buffer.concat(chunks, length)))
    const onError = (): void => done(Effect.fail(invalidField("ends before it is complete")))
    source.on("data", onData).on("end", onEnd).on("error", onError)
    return Effect.sync(() => source.off("data", onData).off("end", onEnd).off("error", onError))
  })

const invalidField = (detail: string): InvalidRequest =>
  new InvalidRequest({ errors: [{ pointer: "#", detail }] })

const decoder = new TextDecoder("utf-8", { fatal: true })

/** An empty body is an empty object: a request whose fields are all optional may leave it out. */
const parse = (bytes: Buffer): Either.Either<unknown, InvalidRequest> => {
  if (bytes.length === 0) return Either.right({})
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    return Either.left(invalidField("is not UTF-8"))
  }
  return Either.mapLeft(
    Json.read(text),
    (fieldError) => new InvalidRequest({ errors: [fieldError] })
  )
}
