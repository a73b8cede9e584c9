/** Short names for long things: the same text always has the same digest, another text never. */
import { createHash } from "node:crypto"

/** The SHA-256 of `text`, as 64 lower-case hexadecimal digits. */
export const digest = (text: string): string => createHash("sha256").update(text).digest("hex")
