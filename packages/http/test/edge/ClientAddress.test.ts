/** The address of a client: only entries of trusted proxies count. */
import { assert, describe, it } from "@effect/vitest"
import { addressOf } from "@souk/http/edge/ClientAddress"

describe("the address of a client", () => {
  it.each<readonly [string, string, string | undefined, number, string]>([
    ["is the socket's, without proxies", "192.0.2.1", undefined, 0, "192.0.2.1"],
    ["is the socket's, whatever is claimed", "192.0.2.1", "10.0.0.1", 0, "192.0.2.1"],
    ["is what one proxy saw", "127.0.0.1", "203.0.113.5", 1, "203.0.113.5"],
    [
      "ignores entries that the client has written",
      "127.0.0.1",
      "1.1.1.1, 203.0.113.5",
      1,
      "203.0.113.5"
    ],
    [
      "is what the outer of two proxies saw",
      "127.0.0.1",
      "1.1.1.1, 203.0.113.5, 10.0.0.2",
      2,
      "203.0.113.5"
    ],
    ["is the socket's when a proxy is missing", "192.0.2.1", "203.0.113.5", 2, "192.0.2.1"],
    ["is the socket's when the entry is none", "192.0.2.1", "nonsense", 1, "192.0.2.1"],
    ["is IPv4 inside IPv6", "::ffff:192.0.2.1", undefined, 0, "192.0.2.1"],
    ["is the /64 of IPv6", "2001:db8:1:2:aaaa::1", undefined, 0, "2001:db8:1:2::/64"],
    ["is one, however it is written", "2001:0DB8:0001:2::9", undefined, 0, "2001:db8:1:2::/64"],
    ["is the loopback's network", "::1", undefined, 0, "0:0:0:0::/64"]
  ])("%s", (_, remote, forwarded, proxies, expected) => {
    assert.strictEqual(addressOf(remote, forwarded, proxies), expected)
  })
})
