/**
 * Refresh tokens: opaque, 256 random bits, and each the only one of its family that is alive. A
 * successor follows from the token before it and a salt: whoever kept the hash and the salt cannot
 * make it, and whoever lost the answer can be given it again.
 */
import { createHmac, randomBytes } from "node:crypto"
import { digest } from "@souk/actors/cluster/Digest"

/** `rt_`, the 128 bits that name the family, and 256 that nobody else knows. */
const form = /^rt_([A-Za-z0-9_-]{22})[A-Za-z0-9_-]{43}$/

const secretBytes = 32

const written = (family: string, secret: Buffer): string =>
  `rt_${family}${secret.toString("base64url")}`

/** The first token of a new family. */
export const first = (): { readonly family: string; readonly token: string } => {
  const family = randomBytes(16).toString("base64url")
  return { family, token: written(family, randomBytes(secretBytes)) }
}

/** The family of a token; nothing for what can be none of ours. */
export const familyOf = (token: string): string | undefined => form.exec(token)?.[1]

export const newSalt = (): string => randomBytes(secretBytes).toString("base64url")

/** The token after `token`, by this salt. */
export const successor = (family: string, token: string, salt: string): string =>
  written(family, createHmac("sha256", token).update(salt).digest())

/** As it is kept. */
export const hashOf = (token: string): string => digest(token)
