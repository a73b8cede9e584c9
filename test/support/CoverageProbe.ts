/**
 * Loaded before the server (`--import`): answers each message of its parent with the functions of
 * this process that ran since the last one, by V8's precise coverage.
 */
import { Session } from "node:inspector"

const session = new Session()
session.connect()
session.post("Profiler.enable")
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false })

process.on("message", () => {
  session.post("Profiler.takePreciseCoverage", (_error, { result }) => {
    const ran = result
      .filter(({ url }) => url.includes("/packages/"))
      .map(({ functions, url }) => ({
        url,
        functions: functions
          // The function without a name that covers the file is its loading.
          .filter(({ functionName, ranges }) => functionName !== "" || ranges[0]?.startOffset !== 0)
          .filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0)
          .map(({ functionName, ranges }) => `${functionName}@${ranges[0]?.startOffset}`)
      }))
      .filter(({ functions }) => functions.length > 0)
    process.send?.(ran)
  })
})
