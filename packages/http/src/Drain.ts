/** Whether the door is being closed: answers then say so, and nobody is to be sent here. */
import { Context, Layer } from "effect"

export class Drain extends Context.Tag("@souk/http/Drain")<
  Drain,
  { readonly isDraining: () => boolean; readonly start: () => void }
>() {}

export const layer: Layer.Layer<Drain> = Layer.sync(Drain, () => {
  let isDraining = false
  return Drain.of({
    isDraining: () => isDraining,
    start: () => {
      isDraining = true
    }
  })
})
