/** Compares image, composition and manifests, which tests cannot start, with the code. */
import { config, type RunnerConfig } from "@souk/actors/cluster/RunnerConfig"
import { variables } from "@souk/actors/configuration/Configuration"
import { ConfigProvider, Effect, Option, Schema } from "effect"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { parse, parseAllDocuments } from "yaml"

const root = new URL("..", import.meta.url)

const read = (path: string): string => readFileSync(new URL(path, root), "utf8")

/** Whether the shop reads the variable. */
const isRead = (name: string): boolean =>
  variables.some(({ variable }) => variable.name === name && variable.isCliOnly !== true)

const soukNames = (text: string): ReadonlyArray<string> => [
  ...new Set([...text.matchAll(/\bSOUK_(?!DB_)[A-Z_]+/g)].map(([name]) => name))
]

/** An image of Docker's registry, with a version. */
const plainImage = /^[a-z-]+:[0-9][\w.-]*$/

const httpPort = 3_000
const runnerPort = 34_431

/** A runner's configuration from an environment; fails when it would refuse to start. */
const runnerOf = (environment: Readonly<Record<string, string>>): Promise<RunnerConfig> => {
  const values = new Map(Object.entries(environment))
  const provider = ConfigProvider.fromMap(values, { pathDelim: "_" })
  return Effect.runPromise(
    Effect.map(Effect.withConfigProvider(config, provider), Option.getOrThrow)
  )
}

/** The grace period after the shutdown delay, in seconds: `endMsMax` of main.ts. */
const endSeconds = Number(
  /const shutdownMsMax = (\d+)_000/.exec(read("packages/http/src/main.ts"))?.[1] ?? Number.NaN
)

describe("the image", () => {
  const lines = read("Dockerfile").split("\n")
  const last = lines.lastIndexOf("FROM node:20-slim")

  it("is built in one stage and runs in another, from plain images", () => {
    const images = lines
      .filter((line) => line.startsWith("FROM "))
      .map((line) => line.split(" ")[1])
    expect(images).toEqual(["node:20-slim", "node:20-slim"])
    const copies = lines.slice(last).filter((line) => line.startsWith("COPY "))
    expect(copies.every((line) => line.includes("--from=build"))).toBe(true)
  })

  it("runs what npm start runs, as an unprivileged user", () => {
    const command = /^CMD (.*)$/m.exec(lines.slice(last).join("\n"))?.[1] ?? "[]"
    const { scripts } = Schema.decodeUnknownSync(
      Schema.Struct({ scripts: Schema.Struct({ start: Schema.String }) })
    )(JSON.parse(read("package.json")))
    expect(parse(command).join(" ")).toBe(scripts.start)
    expect(lines.slice(last)).toContain("USER 1000:1000")
    expect(lines.slice(last)).toContain(`EXPOSE ${httpPort} ${runnerPort}`)
  })

  it("knows every package, and copies what is there", () => {
    const text = lines.join("\n")
    for (const name of readdirSync(new URL("packages", root))) {
      expect(text).toContain(`COPY packages/${name}/package.json packages/${name}/`)
    }
    for (const line of lines.slice(0, last).filter((line) => line.startsWith("COPY "))) {
      for (const path of line.split(" ").slice(1, -1)) {
        expect([path, existsSync(new URL(path, root))]).toEqual([path, true])
      }
    }
  })

  it("sets only what the shop reads", () => {
    expect(soukNames(read("Dockerfile")).filter((name) => !isRead(name))).toEqual([])
  })
})

const Runner = Schema.Struct({
  image: Schema.Literal("souk"),
  init: Schema.Literal(true),
  read_only: Schema.Literal(true),
  tmpfs: Schema.Tuple(Schema.TemplateLiteral("/data:uid=1000,gid=1000,mode=0700,", Schema.String)),
  cap_drop: Schema.Tuple(Schema.Literal("ALL")),
  stop_grace_period: Schema.String,
  mem_limit: Schema.String,
  networks: Schema.Tuple(Schema.Literal("inside")),
  environment: Schema.Record({ key: Schema.String, value: Schema.String }),
  healthcheck: Schema.Struct({ test: Schema.Array(Schema.String) })
})

describe("the composition", () => {
  const { networks, services } = parse(read("compose.yaml"), { merge: true })
  const names = Object.keys(services).filter((name) => name.startsWith("runner-"))
  const runners = names.map((name) => Schema.decodeUnknownSync(Runner)(services[name]))

  /** As compose passes it to the process, with all required variables. */
  const filledIn = (environment: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(environment).map(([name, text]) => [
        name,
        text.replace(/\$\{\w+:\?[^}]*\}/g, "sk_0123456789abcdef")
      ])
    )

  it("has three runners that would start, each under its own name", async () => {
    const addresses = await Promise.all(
      runners.map(async ({ environment }) => (await runnerOf(filledIn(environment))).address)
    )
    expect(addresses).toEqual(names.map((host) => ({ host, port: runnerPort })))
    expect(names).toHaveLength(3)
  })

  it("gives them time to shut down, and only variables that the shop reads", () => {
    for (const { environment, healthcheck, stop_grace_period } of runners) {
      const farewell = Number(environment["SOUK_SHUTDOWN_DELAY_SECONDS"])
      expect(parseInt(stop_grace_period, 10)).toBeGreaterThan(farewell + endSeconds)
      expect(Object.keys(environment).filter((name) => !isRead(name))).toEqual([])
      expect(environment["SOUK_DATA_DIR"]).toBe("/data")
      expect(healthcheck.test.join(" ")).toContain(`:${httpPort}/healthz`)
    }
  })

  it("exposes the balancer alone, and keeps no secret in the file", () => {
    expect(services.balancer.ports).toEqual([`127.0.0.1:${httpPort}:${httpPort}`])
    expect(networks.inside.internal).toBe(true)
    const open = Object.entries<{ readonly ports?: unknown }>(services).filter(
      ([, { ports }]) => ports !== undefined
    )
    expect(open.map(([name]) => name)).toEqual(["balancer"])
    const text = read("compose.yaml")
    for (const [, value] of text.matchAll(/(?:ADMIN_KEY|PASSWORD): (.*)$/gm)) {
      expect(value).toMatch(/^\$\{\w+:\?[^}]+\}$/)
    }
  })

  it("takes plain images with a version, and has room for all connections", () => {
    for (const name of ["postgres", "balancer"]) {
      expect(services[name].image).toMatch(plainImage)
      expect(services[name].mem_limit).toBeDefined()
    }
    // 10 shared, 4 for locks, 2 for loads, 1 each for the journal and the lock of the shop.
    const most = Number(/max_connections=(\d+)/.exec(services.postgres.command.join(" "))?.[1])
    expect(most).toBeGreaterThan(runners.length * 18 * 1.5)
  })

  it("balances by readiness, and repeats no request that a runner may have received", () => {
    const text = read("deploy/haproxy.cfg")
    expect(text).toContain("http-check send meth GET uri /readyz")
    expect(text).toMatch(/^ {2}option forwardfor$/m)
    expect(text).toMatch(/^ {2}retry-on conn-failure$/m)
    for (const name of names) expect(text).toContain(`server ${name} ${name}:${httpPort}`)
    expect(text).toContain(`bind :${httpPort}`)
    expect(services.balancer.volumes[0]).toMatch(/^\.\/deploy\/haproxy\.cfg:/)
  })
})

describe("the manifests", () => {
  const documents = readdirSync(new URL("deploy/kubernetes", root)).flatMap((name) =>
    parseAllDocuments(read(`deploy/kubernetes/${name}`)).map((document) => {
      expect([name, document.errors]).toEqual([name, []])
      return document.toJS()
    })
  )
  const of = (kind: string) => documents.filter((document) => document.kind === kind)
  const [set] = of("StatefulSet")
  const pod = set.spec.template.spec
  const [container] = pod.containers
  const label = { "app.kubernetes.io/name": "souk" }

  it("are about the same pods", () => {
    expect(set.spec.template.metadata.labels).toEqual(label)
    expect(set.spec.selector.matchLabels).toEqual(label)
    for (const { spec } of of("Service")) expect(spec.selector).toEqual(label)
    expect(of("PodDisruptionBudget")[0].spec.selector.matchLabels).toEqual(label)
    expect(of("NetworkPolicy")[0].spec.podSelector.matchLabels).toEqual(label)
    const mount = { name: "data", mountPath: "/data" }
    expect([container.volumeMounts, pod.volumes[0].name]).toEqual([[mount], "data"])
    const [, own] = of("Service")
    expect(own.metadata.name).toBe(set.spec.serviceName)
    expect([own.spec.clusterIP, own.spec.publishNotReadyAddresses]).toEqual(["None", true])
  })

  it("run three runners that would start, under names that last", async () => {
    const pods = ["souk-0", "souk-1", "souk-2"].map((name, index) => {
      const known = new Map([
        ["POD_NAME", name],
        ["POD_IP", `10.0.0.${index + 1}`]
      ])
      const secrets = new Map([
        ["database-url", "postgres://souk@db/souk"],
        ["admin-key", "sk_0123456789abcdef"]
      ])
      const environment: Record<string, string> = {}
      for (const { name: key, value, valueFrom } of container.env) {
        const given = known.get(key) ?? secrets.get(valueFrom?.secretKeyRef?.key)
        const text: string = value ?? given
        environment[key] = text.replace(/\$\((\w+)\)/g, (_, other) => environment[other] ?? "")
      }
      return environment
    })
    const runners = await Promise.all(pods.map(runnerOf))
    expect(set.spec.replicas).toBe(pods.length)
    expect(runners.map(({ address }) => address)).toEqual(
      pods.map(({ POD_NAME }) => ({
        host: `${POD_NAME}.${set.spec.serviceName}`,
        port: runnerPort
      }))
    )
    expect(runners[0]?.listen).toEqual({ host: "10.0.0.1", port: runnerPort })
    const names = Object.keys(pods[0]!).filter((name) => name.startsWith("SOUK_"))
    expect(names.filter((name) => !isRead(name))).toEqual([])
  })

  it("ask the paths that the contract has, at the ports that the shop listens on", () => {
    const ports = [
      { name: "http", containerPort: httpPort },
      { name: "runners", containerPort: runnerPort }
    ]
    expect(container.ports).toEqual(ports)
    const contract = read("packages/http/src/health/HealthApi.ts")
    const { livenessProbe, readinessProbe, startupProbe } = container
    expect(readinessProbe.httpGet).toEqual({ path: "/readyz", port: "http" })
    for (const { httpGet } of [livenessProbe, startupProbe]) {
      expect(httpGet).toEqual({ path: "/healthz", port: "http" })
    }
    for (const path of ["/healthz", "/readyz"]) expect(contract).toContain(`"${path}"`)
    for (const { spec } of of("Service")) {
      for (const { targetPort } of spec.ports) {
        expect(ports.map(({ name }) => name)).toContain(targetPort)
      }
    }
  })

  it("stop one at a time, with time to shut down", () => {
    expect(of("PodDisruptionBudget")[0].spec.maxUnavailable).toBe(1)
    expect(set.spec.updateStrategy.type).toBe("RollingUpdate")
    const drain = container.env.find(
      ({ name }: { readonly name: string }) => name === "SOUK_SHUTDOWN_DELAY_SECONDS"
    )
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(Number(drain.value) + endSeconds)
    expect(container.lifecycle).toBeUndefined()
  })

  it("are not root, have limits, and let only runners reach runners", () => {
    expect(pod.securityContext.runAsNonRoot).toBe(true)
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] }
    })
    expect(container.resources.limits.memory).toBe("768Mi")
    expect(container.resources.requests).toEqual({ cpu: "500m", memory: "384Mi" })
    expect(container.image).toMatch(plainImage)
    const rules = of("NetworkPolicy")[0].spec.ingress
    expect(rules).toEqual([
      { ports: [{ port: "http" }] },
      { ports: [{ port: "runners" }], from: [{ podSelector: { matchLabels: label } }] }
    ])
  })
})
