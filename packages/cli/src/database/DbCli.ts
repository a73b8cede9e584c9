/** `souk db`: the tables under the shop. */
import * as Command from "@effect/cli/Command"
import { migrate, migratePage } from "./DbMigrateCli.ts"
import { rebuild, rebuildPage } from "./DbRebuildCli.ts"
import { status, statusPage } from "./DbStatusCli.ts"

export const db = Command.make("db").pipe(Command.withSubcommands([migrate, rebuild, status]))

export const dbPages = [statusPage, migratePage, rebuildPage]
