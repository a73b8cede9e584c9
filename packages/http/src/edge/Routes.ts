/** Which paths there are, for telling a wrong path from a wrong method and a wrong name. */
import { HttpApi, HttpApiSchema, type HttpMethod, type HttpRouter } from "@effect/platform"
import { Context, Either, Option, Schema } from "effect"
import { LoginAdmission, RateLimit } from "../Annotations.ts"
import { Api } from "../Api.ts"
import { Access } from "../auth/Access.ts"
import { absenceOf } from "../Contract.ts"

export interface Route {
  /** As the platform names it: `GET /v1/orders/:id`. */
  readonly name: string
  readonly method: HttpMethod.HttpMethod
  readonly segments: ReadonlyArray<string>
  readonly names: Option.Option<Schema.Schema.All>
  /** In which forms it answers; none when it answers without a body. */
  readonly types: ReadonlyArray<string>
  /** Whether the caller is proven, and so the one who is charged. */
  readonly isGuarded: boolean
  /** Whether it may go on answering for as long as the client listens. */
  readonly isStream: boolean
  /** What it asks of its caller; nothing where the contract does not say. */
  readonly access: Access["Type"] | undefined
  readonly rateLimit: RateLimit["Type"] | undefined
  readonly hasAdmission: boolean
}

const split = (path: string): ReadonlyArray<string> => path.split("/").slice(1)

/** Paths beside the contract. */
const pages = [
  ["/docs", "text/html"],
  ["/openapi.json", "application/json"]
].map(([path = "", type = ""]): Route => ({
  name: `GET ${path}`,
  method: "GET",
  segments: split(path),
  names: Option.none(),
  types: [type],
  isGuarded: false,
  isStream: false,
  access: "everyone",
  rateLimit: undefined,
  hasAdmission: false
}))

const routes: Array<Route> = [...pages]

HttpApi.reflect(Api, {
  onGroup: () => undefined,
  onEndpoint: ({ endpoint, mergedAnnotations, middleware, successes }) => {
    const said = <I, S>(tag: Context.Tag<I, S>) =>
      Option.getOrUndefined(Context.getOption(mergedAnnotations, tag))
    const types = [...successes.values()].flatMap(({ ast }) =>
      Option.toArray(Option.map(ast, (ast) => HttpApiSchema.getEncoding(ast).contentType))
    )
    routes.push({
      name: `${endpoint.method} ${endpoint.path}`,
      method: endpoint.method,
      segments: split(endpoint.path),
      names: endpoint.pathSchema,
      types: [...new Set(types)],
      isGuarded: middleware.size > 0,
      isStream: types.includes("text/event-stream"),
      access: said(Access),
      rateLimit: said(RateLimit),
      hasAdmission: said(LoginAdmission) ?? false
    })
  }
})

/** The form in which proxies ask: RFC 9112, section 3.2.2, wants every server to take it. */
const origin = /^https?:\/\/[^/?#]*/i

/** The path and the query of a request target, without the host that may stand before them. */
export const targetOf = (target: string): string =>
  target.startsWith("/") ? target : target.replace(origin, "") || "/"

/** The path without its query. */
export const pathOf = (url: string): string => url.split("?", 1)[0] ?? ""

const isMatch = (route: Route, given: ReadonlyArray<string>): boolean =>
  route.segments.length === given.length &&
  route.segments.every((segment, index) =>
    segment.startsWith(":") ? isName(given[index] ?? "") : segment === given[index]
  )

/** The name in an escaped segment; nothing where it cannot be decoded. */
const decoded = (segment: string): string | undefined => {
  if (!segment.includes("%")) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

/** The longest text that is taken for a name. */
const nameLengthMax = 200

/** Letters, digits and marks that stand for themselves (RFC 3986, section 2.3), escaped. */
const needless = /%(?:2[de]|3\d|[46][1-9a-f]|[57][\da]|5f|7e)/i

/**
 * Servers and proxies differ in what they decode, and in whether a path ends at a semicolon: what
 * one of them would take for another name of a path is no name at all.
 */
const isName = (segment: string): boolean =>
  segment !== "" &&
  segment.length <= nameLengthMax &&
  !/[;#]/.test(segment) &&
  !needless.test(segment) &&
  decoded(segment) !== undefined

/** The methods this path knows; none when there is no such path. */
export const methodsOf = (url: string): ReadonlyArray<string> => {
  const given = split(pathOf(url))
  const known = routes.filter((route) => isMatch(route, given)).map(({ method }) => method)
  return known.includes("GET") ? ["GET", "HEAD", ...known.filter((one) => one !== "GET")] : known
}

/** Paths without a name in them, by method and path. */
const fixed = new Map(
  routes
    .filter(({ segments }) => !segments.some((segment) => segment.startsWith(":")))
    .map((route) => [route.name, route])
)

/** The others, by method and number of segments. */
const named = new Map<string, Array<Route>>()

for (const route of routes) {
  if (fixed.has(route.name)) continue
  const key = `${route.method} ${route.segments.length}`
  const others = named.get(key)
  if (others === undefined) named.set(key, [route])
  else others.push(route)
}

/**
 * What answers this method of this path, in this spelling: there is no other name for what is
 * guarded by name.
 */
export const find = (method: string, url: string): Route | undefined => {
  const path = pathOf(url)
  const asked = method === "HEAD" ? "GET" : method
  const found = fixed.get(`${asked} ${path}`)
  if (found !== undefined) return found
  const given = split(path)
  return named.get(`${asked} ${given.length}`)?.find((route) => isMatch(route, given))
}

const byName = new Map(routes.map((route) => [route.name, route]))

/** The route that the platform has found; nothing beside the contract. */
export const of = ({ method, path }: Pick<HttpRouter.Route, "method" | "path">) =>
  byName.get(`${method} ${path}`)

/** Whether a password may have to be hashed to answer this request. */
export const isHashing = (method: string, url: string): boolean =>
  find(method, url)?.hasAdmission === true

/** By which policy the address of this request is charged; by none where its caller is. */
export const addressPolicyOf = (route: Route | undefined): "default" | "auth" | undefined => {
  if (route?.isGuarded === true || route?.rateLimit === "none") return undefined
  return route?.rateLimit === "auth" ? "auth" : "default"
}

/** The names in the path of a request that this route answers. */
export const paramsOf = (route: Route, url: string): Readonly<Record<string, string>> => {
  const given = split(pathOf(url))
  return Object.fromEntries(
    route.segments.flatMap((segment, index) =>
      segment.startsWith(":") ? [[segment.slice(1), decoded(given[index] ?? "") ?? ""]] : []
    )
  )
}

/**
 * Whether a path has the form of one of ours, with a text in it that can be no name; and which
 * error of the room says so, if the room has one.
 */
export const misnamed = (
  method: string,
  url: string
): Option.Option<{ readonly absent: Option.Option<{ readonly _tag: string }> }> => {
  const route = find(method, url)
  if (route === undefined) return Option.none()
  return Option.flatMap(route.names, ({ ast }) => {
    const params = paramsOf(route, url)
    const isNamed = Either.isRight(
      Schema.decodeUnknownEither(Schema.make<unknown, unknown>(ast))(params)
    )
    const absent = Option.map(Option.fromNullable(absenceOf(ast.annotations)), (absence) =>
      absence(params)
    )
    return isNamed ? Option.none() : Option.some({ absent })
  })
}
