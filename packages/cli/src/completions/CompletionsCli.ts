/** `souk completions`: scripts by which a shell completes what is typed after `souk`. */
import { Effect } from "effect"
import { Invocation } from "../IdempotentCall.ts"
import { Output } from "../Output.ts"
import type { CommandSpec } from "../CommandSpec.ts"
import * as Resource from "../Resource.ts"
import * as Bash from "./Bash.ts"
import * as Completion from "./Completion.ts"
import * as Fish from "./Fish.ts"
import * as Zsh from "./Zsh.ts"

const shell = (
  verb: string,
  script: (completion: Completion.Completion) => string,
  told: Pick<CommandSpec, "examples" | "notes">
) =>
  Resource.bare({
    verb,
    summary: `Print the completion script for ${verb}.`,
    ...told,
    run: Effect.gen(function* () {
      const { print } = yield* Output
      const { pages } = yield* Invocation
      yield* print(script(Completion.make(pages)).trimEnd())
    })
  })

const again = "Generate it again after an update of souk."

export const completions = Resource.room("completions", [
  shell("bash", Bash.script, {
    examples: [
      ["source <(souk completions bash)", "In this shell; put it into ~/.bashrc for all shells."]
    ],
    notes: [again]
  }),
  shell("zsh", Zsh.script, {
    examples: [
      [
        "source <(souk completions zsh)",
        "In this shell; put it into ~/.zshrc after compinit for all shells."
      ]
    ],
    notes: [
      "Or as a file of its own: souk completions zsh > a folder of $fpath, named _souk.",
      again
    ]
  }),
  shell("fish", Fish.script, {
    examples: [
      ["souk completions fish | source", "In this shell."],
      ["souk completions fish > ~/.config/fish/completions/souk.fish", "In all shells."]
    ],
    notes: [again]
  })
])
