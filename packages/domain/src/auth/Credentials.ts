/** What a person types to be known: bounded, and in one form, however it was typed. */
import { Schema } from "effect"
import { maxCodePoints, name, text } from "../kernel/Text.ts"

/** RFC 5321: the longest path, without its brackets. */
const emailLengthMax = 254

const email = /^[^\s@"<>()[\]\\,;:\p{C}]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}$/u

/**
 * An address, in the form in which it is compared and stored: NFKC, in lower case. It is not
 * verified that its mailbox exists.
 */
export const Email = Schema.transform(
  text(emailLengthMax).annotations({
    jsonSchema: { type: "string", format: "email", maxLength: emailLengthMax }
  }),
  Schema.String.pipe(
    maxCodePoints(emailLengthMax),
    Schema.pattern(email, { description: "an e-mail address" })
  ),
  { decode: (typed) => typed.normalize("NFKC").toLowerCase(), encode: (email) => email }
)
export type Email = typeof Email.Type

const passwordCharactersMin = 8
const passwordCharactersMax = 200

/** A password in NFC, so that every keyboard types the same one; nothing is ever cut off. */
export const Password = Schema.transform(
  // A character has at most two units, and no composition is longer than four times its result.
  text(passwordCharactersMax * 8).annotations({
    jsonSchema: {
      type: "string",
      format: "password",
      minLength: passwordCharactersMin,
      maxLength: passwordCharactersMax
    }
  }),
  Schema.String.pipe(
    Schema.filter((password) => {
      const { length } = [...password]
      return (
        (length >= passwordCharactersMin && length <= passwordCharactersMax) ||
        `must have ${passwordCharactersMin} to ${passwordCharactersMax} characters`
      )
    })
  ),
  { decode: (typed) => typed.normalize("NFC"), encode: (password) => password }
)
export type Password = typeof Password.Type

/** How a person wants to be called. */
export const PersonName = name(100)
