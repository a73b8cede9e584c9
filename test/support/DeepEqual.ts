/**
 * Deep equality of `assert` in every test project. Chai's own compares an error by its message
 * alone, and takes `Option.some(x)` and `Option.none()` for equal, because both are iterable.
 */
import { isDeepStrictEqual } from "node:util"
import { chai } from "vitest"

chai.config.deepEqual = isDeepStrictEqual
