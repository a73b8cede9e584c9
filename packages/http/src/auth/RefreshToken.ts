/**
 * Refresh tokens: opaque, 256 random bits; one token of a family is valid at a time. A successor is
 * derived from its predecessor and a salt. The database has only hashes and salts, from which it
 * cannot be derived; a client that lost the response gets the same successor again.
 */
import { createHmac, randomBytes } from "node:crypto"
import { digest } from "@souk/actors/cluster/Digest"

/** `rt_`, 128 bits for the family, and 256 secret bits. */
const form = /^rt_([A-Za-z0-9_-]{22})[A-Za-z0-9_-]{43}$/

const secretBytes = 32

const format = (family: string, secret: Buffer): string =>
  `rt_${family}${secret.toString("base64url")}`

/** The first token of a new family. */
export const first = (): { readonly family: string; readonly token: string } => {
  const family = randomBytes(16).toString("base64url")
  return { family, token: format(family, randomBytes(secretBytes)) }
}

/** The family of a token; undefined if the token is malformed. */
export const familyOf = (token: string): string | undefined => form.exec(token)?.[1]

export const newSalt = (): string => randomBytes(secretBytes).toString("base64url")

/** The successor of `token` under a salt. */
export const successor = (family: string, token: string, salt: string): string =>
  format(family, createHmac("sha256", token).update(salt).digest())

/** What the database stores of a token. */
export const hashOf = (token: string): string => digest(token)
