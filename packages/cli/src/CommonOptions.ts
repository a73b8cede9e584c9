/** The options that every command has. */
import * as Options from "@effect/cli/Options"
import { Schema } from "effect"
import * as Values from "./Values.ts"

export const commonOptions = {
  json: Values.choice("json", "JSON on stdout, one document a line; errors as JSON on stderr."),
  quiet: Options.withAlias(Values.choice("quiet", "Print only data and errors."), "q"),
  noColor: Values.choice("no-color", "No colours; the same as NO_COLOR=1."),
  keyFile: Values.optional("key-file", {
    ...Values.path,
    says: "Read the admin key from this file; - reads it from stdin."
  })
}

/** For commands that change something. */
export const changingOptions = {
  dryRun: Options.withAlias(
    Values.choice("dry-run", "Print what would be done, and do nothing."),
    "n"
  ),
  idempotencyKey: Values.optional("idempotency-key", {
    placeholder: "<key>",
    says: "Repeat an earlier attempt under its key.",
    schema: Schema.String.pipe(Schema.pattern(/^[\x21-\x7E]{1,255}$/)),
    expects: "a key: 1 to 255 printable characters without spaces"
  })
}
