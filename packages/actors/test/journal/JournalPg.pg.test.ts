/** The journal in Postgres keeps the contract. */
import { Layer } from "effect"
import * as JournalPg from "../../src/journal/JournalPg.ts"
import * as ReminderPg from "../../src/reminder/ReminderPg.ts"
import * as TestPg from "../support/TestPg.ts"
import { journalContract } from "./JournalContract.ts"

journalContract(
  "postgres",
  Layer.merge(JournalPg.layer, ReminderPg.layer).pipe(Layer.provide(TestPg.layer))
)
