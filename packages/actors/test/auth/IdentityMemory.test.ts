/** Accounts in memory keep the contract, and take their time from the test. */
import { TestClock } from "effect"
import * as IdentityMemory from "../support/IdentityMemory.ts"
import { identityContract } from "./IdentityContract.ts"

identityContract({ name: "memory", layer: IdentityMemory.layer, pass: TestClock.adjust })
