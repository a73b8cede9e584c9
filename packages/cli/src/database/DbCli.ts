/** `souk db`: the tables under the shop. */
import * as Resource from "../Resource.ts"
import { migrate } from "./DbMigrateCli.ts"
import { rebuild } from "./DbRebuildCli.ts"
import { status } from "./DbStatusCli.ts"

export const db = Resource.room("db", [status, migrate, rebuild], "souk db status")
