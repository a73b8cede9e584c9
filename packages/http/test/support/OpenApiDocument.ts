/** The checked-in OpenAPI document. */
import { readFileSync } from "node:fs"
import { Ajv2020 } from "ajv/dist/2020.js"

export interface Referring {
  readonly $ref?: string
}

export interface Header extends Referring {
  readonly description?: string
  readonly required?: boolean
}

export interface Media {
  readonly schema?: Referring
  readonly examples?: Readonly<Record<string, Referring>>
}

export interface Body {
  readonly description?: string
  readonly content?: Readonly<Record<string, Media>>
}

export interface Answer extends Body {
  readonly headers?: Readonly<Record<string, Header>>
}

export interface Operation {
  readonly operationId: string
  readonly summary?: string
  readonly tags?: ReadonlyArray<string>
  readonly security?: ReadonlyArray<Readonly<Record<string, ReadonlyArray<string>>>>
  readonly parameters: ReadonlyArray<{
    readonly name: string
    readonly in: string
    readonly description?: string
    readonly schema: object
  }>
  readonly requestBody?: Body
  readonly responses: Readonly<Record<string, Answer>>
}

export interface Document {
  readonly openapi: string
  readonly info: { readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly webhooks?: object
  readonly components: Readonly<Record<string, Readonly<Record<string, Header>>>>
}

export const text = readFileSync(new URL("../openapi.json", import.meta.url), "utf8")

export const document: Document = JSON.parse(text)

export interface Place {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

export const places: ReadonlyArray<Place> = Object.entries(document.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation }))
)

/** Fixed segments before parameters, as in the router. */
const routes = places
  .map((place) => {
    const pattern = place.path.replaceAll(".", String.raw`\.`).replaceAll(/\{\w+\}/g, "[^/]+")
    return { ...place, pattern: new RegExp(`^${pattern}$`) }
  })
  .toSorted((a, b) => a.path.split("{").length - b.path.split("{").length)

/** The operation of a request, if there is one. */
export const placeOf = (method: string, url: string): Place | undefined => {
  const path = url.split("?", 1)[0] ?? ""
  const asked = method === "HEAD" ? "get" : method.toLowerCase()
  return routes.find((route) => route.method === asked && route.pattern.test(path))
}

const name = "souk.json"

const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false })
ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/)
ajv.addFormat("email", /^[^@\s]+@[^@\s]+$/)
ajv.addFormat("password", true)
ajv.addVocabulary(Object.keys(document))
ajv.addSchema({ $id: name, ...document }, undefined, undefined, false)

/** A JSON pointer into the document. */
export const pointer = (...segments: ReadonlyArray<string>): string =>
  segments
    .map((segment) => `/${segment.replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .map((segment) => encodeURIComponent(segment).replaceAll("%2F", "/"))
    .join("")

/** Errors of `value` by the schema at `pointer`; none if it is valid. */
export const wrong = (pointer: string, value: unknown): string | undefined => {
  const validate = ajv.getSchema(`${name}#${pointer}`)
  if (validate === undefined) return `there is no schema at ${pointer}`
  if (validate(value) === true) return undefined
  return (validate.errors ?? [])
    .map(({ instancePath, message, params }) =>
      [instancePath || "the body", message, JSON.stringify(params)].join(" ")
    )
    .join("; ")
}

const within = (at: unknown, segment: string): unknown =>
  typeof at === "object" && at !== null ? new Map(Object.entries(at)).get(segment) : undefined

/** The target of a `$ref`; any other value itself. */
export const resolved = (target: Referring): object => {
  const found = target.$ref?.slice(2).split("/").reduce<unknown>(within, document) ?? target
  return typeof found === "object" && found !== null ? found : {}
}
