/** Modules of the rooms, found by the end of their names: a room needs no line in a shared test. */
import { readdirSync } from "node:fs"

const tests = new URL("../", import.meta.url)

/** The modules whose file names end so, each of which must be a `Module`. */
export const besideRooms = <Module>(ending: string): Promise<ReadonlyArray<Module>> => {
  const files = readdirSync(tests, { recursive: true, encoding: "utf8" })
  const found = files.filter((file) => file.endsWith(ending))
  return Promise.all(found.map((file) => import(new URL(file, tests).href)))
}
