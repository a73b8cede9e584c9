/** `souk completions`: scripts by which a shell completes what is typed after `souk`. */
import * as Command from "@effect/cli/Command"
import { Effect } from "effect"
import { Output } from "../Output.ts"
import * as Page from "../Page.ts"
import * as Bash from "./Bash.ts"
import * as Completion from "./Completion.ts"
import * as Fish from "./Fish.ts"
import * as Zsh from "./Zsh.ts"

type Script = (completion: Completion.Completion) => string

/** The commands, given the pages of all others; and their own pages. */
export const make = (others: ReadonlyArray<Page.Page>) => {
  const shell = <Name extends string>(name: Name, script: Script) =>
    Command.make(name, {}, () =>
      Effect.flatMap(Output, ({ print }) =>
        print(script(Completion.make([...others, ...pages])).trimEnd())
      )
    ).pipe(Command.withDescription(`The script for ${name}.`))
  const bash = shell("bash", Bash.script)
  const zsh = shell("zsh", Zsh.script)
  const fish = shell("fish", Fish.script)
  const pages: ReadonlyArray<Page.Page> = [
    Page.make("completions", bash, {
      verb: "bash",
      examples: [
        ["source <(souk completions bash)", "For this shell; in ~/.bashrc, for every one."]
      ],
      notes: ["Make it again after an update: it knows the commands of the souk that wrote it."]
    }),
    Page.make("completions", zsh, {
      verb: "zsh",
      examples: [
        ["source <(souk completions zsh)", "For this shell; in ~/.zshrc after compinit, for all."]
      ],
      notes: [
        "Or as a file of its own: souk completions zsh > a folder of $fpath, named _souk.",
        "Make it again after an update: it knows the commands of the souk that wrote it."
      ]
    }),
    Page.make("completions", fish, {
      verb: "fish",
      examples: [
        ["souk completions fish | source", "For this shell."],
        ["souk completions fish > ~/.config/fish/completions/souk.fish", "For every one."]
      ],
      notes: ["Make it again after an update: it knows the commands of the souk that wrote it."]
    })
  ]
  const command = Command.make("completions").pipe(Command.withSubcommands([bash, fish, zsh]))
  return { command, pages }
}
