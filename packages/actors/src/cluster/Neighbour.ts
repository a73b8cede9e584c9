/** Another runner, from the side of one that asks its actors. */
import { Either } from "effect"
import * as Letter from "./Letter.ts"
import type { Line, Lines } from "./Lines.ts"
import { Outbox } from "./Outbox.ts"
import type { Address } from "./RunnerConfig.ts"

/** How many questions to one runner may be without an answer; more are sent away. */
const openMax = 16_384

export interface Open {
  readonly question: Letter.Question
  /** Called once. */
  readonly respond: (answer: Letter.Answer) => void
  readonly askedMs: number
  /** When to wait no longer. */
  readonly deadlineMs: number
}

interface Call {
  readonly line: Line
  readonly outbox: Outbox<Letter.Question>
}

export class Neighbour {
  readonly #address: Address
  readonly #lines: Lines["Type"]
  readonly #nowMs: () => number
  readonly #open = new Map<number, Open>()
  #call: Call | undefined
  #lastNumber = 0
  #heardMs = Number.NEGATIVE_INFINITY

  constructor(address: Address, lines: Lines["Type"], nowMs: () => number) {
    this.#address = address
    this.#lines = lines
    this.#nowMs = nowMs
  }

  ask(open: Open): void {
    if (this.#open.size >= openMax) {
      return tell(open, "saturated", `${openMax} questions to its process have no answer`)
    }
    const number = ++this.#lastNumber
    this.#open.set(number, open)
    this.#call ??= this.#dial()
    this.#call.outbox.post(number, open.question)
  }

  /** Gives up what has waited long enough; a line that has said nothing meanwhile is no good. */
  tick(): void {
    const nowMs = this.#nowMs()
    for (const [number, open] of this.#open) {
      if (open.deadlineMs > nowMs) continue
      this.#open.delete(number)
      tell(open, "moving", "no answer in time")
      if (this.#heardMs < open.askedMs) this.hangUp("its process says nothing")
    }
  }

  /** Ends the line; those who wait for an answer on it may ask again. */
  hangUp(why: string): void {
    const call = this.#call
    this.#call = undefined
    call?.line.hangUp()
    const all = [...this.#open.values()]
    this.#open.clear()
    for (const open of all) tell(open, "moving", why)
  }

  #dial(): Call {
    const isCurrent = () => this.#call === call
    const line = this.#lines.open(this.#address, {
      receive: (text) => {
        if (isCurrent()) this.#receive(text)
      },
      broken: () => {
        if (isCurrent()) this.hangUp("the connection to its process broke")
      }
    })
    const call: Call = { line, outbox: new Outbox(line, this.#lines.soon) }
    return call
  }

  #receive(text: string): void {
    this.#heardMs = this.#nowMs()
    const answers = Letter.readAnswers(text)
    if (Either.isLeft(answers)) return this.hangUp("its process writes what cannot be read")
    for (const [number, answer] of answers.right) {
      const open = this.#open.get(number)
      this.#open.delete(number)
      open?.respond(answer)
    }
  }
}

const tell = ({ question, respond }: Open, reason: "moving" | "saturated", detail: string) =>
  respond(Letter.unavailable(`${question.room}-${question.id}`, reason, detail))
