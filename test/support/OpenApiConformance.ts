/** After each test of whole processes: checks every response against the OpenAPI document. */
import { afterEach, expect } from "vitest"
import { breached } from "./Client.ts"

afterEach(() => {
  expect(breached.splice(0)).toEqual([])
})
