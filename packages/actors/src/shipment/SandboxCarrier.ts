/** A carrier that goes everywhere but to Antarctica, and numbers its parcels by their key. */
import { Effect, Layer } from "effect"
import { digest } from "../cluster/Digest.ts"
import { Carrier } from "./Carrier.ts"

/** The ISO code of the one country the sandbox carrier refuses, so that refusals can be tried. */
export const refusedCountry = "AQ"

export const layer: Layer.Layer<Carrier> = Layer.succeed(
  Carrier,
  Carrier.of({
    book: ({ destination, key }) =>
      Effect.succeed(
        destination.country === refusedCountry
          ? { _tag: "Refused", note: `no service to ${refusedCountry}` }
          : { _tag: "Booked", trackingNumber: `SB${digest(key).slice(0, 12).toUpperCase()}` }
      ),
    cancel: () => Effect.void
  })
)
