/** All routes of the contract: finds the route of a request, and why it has none. */
import { HttpApi, HttpApiSchema, type HttpMethod, type HttpRouter } from "@effect/platform"
import { Context, Either, Option, Schema } from "effect"
import { LoginAdmission, RateLimit } from "../Annotations.ts"
import { Api } from "../Api.ts"
import { Access } from "../auth/Access.ts"
import { absenceOf } from "../Contract.ts"

export interface Route {
  /** Method and path, as the platform writes them: `GET /v1/orders/:id`. */
  readonly name: string
  readonly method: HttpMethod.HttpMethod
  readonly segments: ReadonlyArray<string>
  readonly params: Option.Option<Schema.Schema.All>
  /** Media types of its responses; none for responses without a body. */
  readonly types: ReadonlyArray<string>
  /** Whether callers are authenticated, and so rate limited by principal. */
  readonly isGuarded: boolean
  /** Whether it streams its response until the client disconnects. */
  readonly isStream: boolean
  /** Required scope; undefined if the contract does not declare one. */
  readonly access: Access["Type"] | undefined
  readonly rateLimit: RateLimit["Type"] | undefined
  readonly hasAdmission: boolean
}

const split = (path: string): ReadonlyArray<string> => path.split("/").slice(1)

/** Pages that are not part of the contract. */
const pages = [
  ["/docs", "text/html"],
  ["/openapi.json", "application/json"]
].map(([path = "", type = ""]): Route => ({
  name: `GET ${path}`,
  method: "GET",
  segments: split(path),
  params: Option.none(),
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
    const annotation = <I, S>(tag: Context.Tag<I, S>) =>
      Option.getOrUndefined(Context.getOption(mergedAnnotations, tag))
    const types = [...successes.values()].flatMap(({ ast }) =>
      Option.toArray(Option.map(ast, (ast) => HttpApiSchema.getEncoding(ast).contentType))
    )
    routes.push({
      name: `${endpoint.method} ${endpoint.path}`,
      method: endpoint.method,
      segments: split(endpoint.path),
      params: endpoint.pathSchema,
      types: [...new Set(types)],
      isGuarded: middleware.size > 0,
      isStream: types.includes("text/event-stream"),
      access: annotation(Access),
      rateLimit: annotation(RateLimit),
      hasAdmission: annotation(LoginAdmission) ?? false
    })
  }
})

/** Absolute form of a request target, which RFC 9112, section 3.2.2, requires servers to accept. */
const origin = /^https?:\/\/[^/?#]*/i

/** Path and query of a request target, without its origin. */
export const targetOf = (target: string): string =>
  target.startsWith("/") ? target : target.replace(origin, "") || "/"

/** The path without its query. */
export const pathOf = (url: string): string => url.split("?", 1)[0] ?? ""

const isMatch = (route: Route, given: ReadonlyArray<string>): boolean =>
  route.segments.length === given.length &&
  route.segments.every((segment, index) =>
    segment.startsWith(":") ? isParam(given[index] ?? "") : segment === given[index]
  )

/** The decoded segment; undefined if it is malformed. */
const decoded = (segment: string): string | undefined => {
  if (!segment.includes("%")) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

/** Limit of a path parameter. */
const paramLengthMax = 200

/** Escapes of unreserved characters, which need no escape (RFC 3986, section 2.3). */
const needless = /%(?:2[de]|3\d|[46][1-9a-f]|[57][\da]|5f|7e)/i

/**
 * Whether a segment can be a path parameter. Segments that servers and proxies decode differently
 * are not: an access rule of a proxy would not match them.
 */
const isParam = (segment: string): boolean =>
  segment !== "" &&
  segment.length <= paramLengthMax &&
  !/[;#]/.test(segment) &&
  !needless.test(segment) &&
  decoded(segment) !== undefined

/** The methods of a path; none if there is no such path. */
export const methodsOf = (url: string): ReadonlyArray<string> => {
  const given = split(pathOf(url))
  const known = routes.filter((route) => isMatch(route, given)).map(({ method }) => method)
  return known.includes("GET") ? ["GET", "HEAD", ...known.filter((one) => one !== "GET")] : known
}

/** Routes without path parameters, by method and path. */
const fixed = new Map(
  routes
    .filter(({ segments }) => !segments.some((segment) => segment.startsWith(":")))
    .map((route) => [route.name, route])
)

/** Routes with path parameters, by method and number of segments. */
const parameterized = new Map<string, Array<Route>>()

for (const route of routes) {
  if (fixed.has(route.name)) continue
  const key = `${route.method} ${route.segments.length}`
  const others = parameterized.get(key)
  if (others === undefined) parameterized.set(key, [route])
  else others.push(route)
}

/** The route of a request. Only the exact spelling of a path matches. */
export const find = (method: string, url: string): Route | undefined => {
  const path = pathOf(url)
  const effective = method === "HEAD" ? "GET" : method
  const found = fixed.get(`${effective} ${path}`)
  if (found !== undefined) return found
  const given = split(path)
  return parameterized.get(`${effective} ${given.length}`)?.find((route) => isMatch(route, given))
}

const byName = new Map(routes.map((route) => [route.name, route]))

/** The route of a match of the platform; undefined for one that is not in the contract. */
export const of = ({ method, path }: Pick<HttpRouter.Route, "method" | "path">) =>
  byName.get(`${method} ${path}`)

/** Whether a request may hash a password. */
export const isHashing = (method: string, url: string): boolean =>
  find(method, url)?.hasAdmission === true

/** The rate limit policy for the address of a request; undefined if its caller is counted. */
export const addressPolicyOf = (route: Route | undefined): "default" | "auth" | undefined => {
  if (route?.isGuarded === true || route?.rateLimit === "none") return undefined
  return route?.rateLimit === "auth" ? "auth" : "default"
}

/** The path parameters of a request. */
export const paramsOf = (route: Route, url: string): Readonly<Record<string, string>> => {
  const given = split(pathOf(url))
  return Object.fromEntries(
    route.segments.flatMap((segment, index) =>
      segment.startsWith(":") ? [[segment.slice(1), decoded(given[index] ?? "") ?? ""]] : []
    )
  )
}

/** For a route whose path parameters are malformed: the error of its room, if it declares one. */
export const malformedParams = (
  method: string,
  url: string
): Option.Option<{ readonly absent: Option.Option<{ readonly _tag: string }> }> => {
  const route = find(method, url)
  if (route === undefined) return Option.none()
  return Option.flatMap(route.params, ({ ast }) => {
    const params = paramsOf(route, url)
    const isWellFormed = Either.isRight(
      Schema.decodeUnknownEither(Schema.make<unknown, unknown>(ast))(params)
    )
    const absent = Option.map(Option.fromNullable(absenceOf(ast.annotations)), (absence) =>
      absence(params)
    )
    return isWellFormed ? Option.none() : Option.some({ absent })
  })
}
