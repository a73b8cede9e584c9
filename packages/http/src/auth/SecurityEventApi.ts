/** Contract of the security log. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { SecurityEvent } from "@souk/actors/auth/SecurityLog"
import { Examples } from "../Annotations.ts"
import { log, logQuery, query } from "../Contract.ts"
import { at, rows, userId } from "../docs/ExampleShop.ts"
import { Access } from "./Access.ts"
import { Authentication } from "./Authentication.ts"

/** Maximum rows of a page. */
const rowsMax = 1_000

const read = HttpApiEndpoint.get("read", "/v1/security-events")
  .annotate(Access, "journal:read")
  .annotate(
    OpenApi.Summary,
    "List changes of roles, keys and dead letters with their actors, oldest first"
  )
  .annotate(Examples, {
    response: {
      SecurityEvents: rows(3, {
        position: 3,
        type: "RoleSet",
        subject: userId,
        who: "admin",
        detail: { role: "seller" },
        at
      })
    }
  })
  .setUrlParams(query(logQuery(rowsMax)))
  .addSuccess(log(SecurityEvent))

export const SecurityEventApi = HttpApiGroup.make("securityEvents")
  .add(read)
  .middleware(Authentication)
