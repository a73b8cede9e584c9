/** One text for one meaning: the order of an object's members means nothing. */

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** Nothing for what JSON has no word for. */
const textOf = (value: unknown): string | undefined => {
  if (Array.isArray(value)) return `[${value.map((item) => textOf(item) ?? "null").join()}]`
  if (!isRecord(value)) return JSON.stringify(value)
  let members = ""
  for (const name of Object.keys(value).toSorted()) {
    const member = textOf(value[name])
    if (member === undefined) continue
    members += `${members === "" ? "" : ","}${JSON.stringify(name)}:${member}`
  }
  return `{${members}}`
}

/** Members without a value are left out, as they are in JSON. */
export const canonical = (value: unknown): string => textOf(value) ?? "null"
