/** Which state of a thing is meant: its version, as an entity tag (RFC 9110, section 8.8.3). */
import { Schema } from "effect"

/** The tag of a version. */
export const of = (version: number): string => `"${version}"`

const tag = String.raw`(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"`

const list = new RegExp(String.raw`^(?:\*|${tag}(?:[ \t]*,[ \t]*${tag})*)$`)

const each = /(W\/)?"([^"]*)"/g

/** More would only be a way of keeping us busy. */
const charactersMax = 1_000

/** `*`, or tags with commas between them. */
const Condition = Schema.String.pipe(
  Schema.maxLength(charactersMax),
  Schema.filter((text) => list.test(text) || 'must be *, or tags like "7" with commas between them')
).annotations({ description: 'The `ETag`s one of which is current, like `"7"`, or `*`' })

/** Do it only while the thing is in a state that the caller has seen. */
export const ifMatch = { "if-match": Schema.optional(Condition) }

/** Tell only what is not one of these states. */
export const ifNoneMatch = { "if-none-match": Schema.optional(Schema.String) }

/**
 * The versions that `If-Match` allows; nothing when it allows any. Only strong tags count, and a
 * tag that is none of ours matches no version.
 */
export const versionsOf = (condition: string | undefined): ReadonlyArray<number> | undefined =>
  condition === undefined || condition === "*"
    ? undefined
    : [...condition.matchAll(each)].flatMap(([, weak, text = ""]) =>
        weak === undefined && /^[1-9]\d{0,14}$|^0$/.test(text) ? [Number(text)] : []
      )

/** Whether `If-None-Match` names this version: a weak tag is as good as a strong one here. */
export const isKnown = (condition: string | undefined, version: number): boolean =>
  condition !== undefined &&
  (condition.trim() === "*" ||
    [...condition.matchAll(each)].some(([, , text]) => text === `${version}`))
