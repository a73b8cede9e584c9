/** SHA-256, for short names of long texts. */
import { createHash } from "node:crypto"

/** The SHA-256 of `text`, as 64 lower-case hexadecimal digits. */
export const digest = (text: string): string => createHash("sha256").update(text).digest("hex")
