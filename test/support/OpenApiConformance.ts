/** After each test of whole processes: was every answer as the OpenAPI document promises? */
import { afterEach, expect } from "vitest"
import { breached } from "./Client.ts"

afterEach(() => {
  expect(breached.splice(0)).toEqual([])
})
