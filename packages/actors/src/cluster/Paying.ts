/** How an actor pays what it owes: each step once at a time, and again while that is of use. */
import { CommandId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { Intent } from "@souk/domain/kernel/Saga"
import { Effect, Either, type Fiber, Option } from "effect"
import { asEffect } from "./Asking.ts"
import type { Definition, Paid } from "./Definition.ts"
import { insist } from "./Insist.ts"
import type { Resident } from "./Resident.ts"

/** Starts an effect that ends, at the latest, with the layer the host belongs to. */
export type Run = (effect: Effect.Effect<unknown>) => Fiber.RuntimeFiber<unknown>

/** Who pays, and how. */
interface Payer<State, Command, Event, Rejection, View, I extends Intent> {
  readonly definition: Definition<State, Command, Event, Rejection, View, I>
  readonly resident: Resident<State, Command, Event, Rejection, I>
  readonly run: Run
  /** Called when a step is over, however it ended. */
  readonly settled: () => void
}

/** Pays one intent, and tells the actor what became of it; nothing while it is being paid. */
export const pay = <State, Command, Event, Rejection, View, I extends Intent>(
  { definition, resident, run, settled }: Payer<State, Command, Event, Rejection, View, I>,
  intent: I,
  cause: Metadata,
  isRepeat: boolean
): void => {
  const { aggregate, performing } = resident
  const { step } = intent
  if (performing.has(step)) return
  performing.add(step)
  const { stream } = aggregate
  const metadata: Metadata = {
    commandId: derived(stream, step),
    correlationId: cause.correlationId,
    causationId: `${stream}@${aggregate.durable.version}`,
    who: stream,
    ...(cause.traceId === undefined ? {} : { traceId: cause.traceId })
  }
  const done = (command: Option.Option<Command>): void => {
    performing.delete(step)
    if (Option.isNone(command)) return settled()
    const commandId = derived(stream, `${step}/answer`)
    aggregate.handle(command.value, { ...metadata, commandId }, settled)
  }
  const paid = definition.perform(intent, metadata, isRepeat)
  const insisting = (effect: Paid<Command>) =>
    Effect.map(insist(`${stream} could not ${step}`, effect), done)
  if (Effect.isEffect(paid)) {
    const first = Effect.matchCauseEffect(paid, {
      onSuccess: (command) => Effect.sync(() => done(command)),
      onFailure: () => insisting(paid)
    })
    run(first)
  } else {
    paid((answer) => {
      if (Either.isRight(answer)) done(answer.right)
      else run(insisting(asEffect(paid)))
    })
  }
}

/** The same for the same step, always. Its parts have been checked, which need not be repeated. */
const derived = (stream: string, step: string): CommandId =>
  CommandId.make(`${stream}/${step}`, { disableValidation: true })
