/** The journal in Postgres keeps the contract. */
import { Layer } from "effect"
import * as JournalPg from "../../src/journal/JournalPg.ts"
import * as SagaDuePg from "../../src/saga/SagaDuePg.ts"
import * as TestPg from "../support/TestPg.ts"
import { journalContract } from "./JournalContract.ts"

journalContract(
  "postgres",
  Layer.merge(JournalPg.layer, SagaDuePg.layer).pipe(Layer.provide(TestPg.layer))
)
