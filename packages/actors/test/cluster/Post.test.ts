/** Letters between two processes, and what becomes of them when the line does not hold. */
import { assert, describe, it } from "@effect/vitest"
import { CommandId, OrderId, Sku } from "@souk/domain/kernel/Ids"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import {
  OutOfStock,
  type StockCommand,
  type StockRejection
} from "@souk/domain/inventory/StockCommand"
import type { StockView } from "@souk/domain/inventory/StockView"
import { Either } from "effect"
import type { Question } from "../../src/cluster/Asking.ts"
import type * as Letter from "../../src/cluster/Letter.ts"
import type { Line, LineEnd, Lines } from "../../src/cluster/Lines.ts"
import type { Host } from "../../src/cluster/LocalActors.ts"
import { PostOffice } from "../../src/cluster/Post.ts"
import { ActorUnavailable, type Reply } from "../../src/cluster/Protocol.ts"
import { desk, RemoteActors } from "../../src/cluster/RemoteActors.ts"
import { StockEntity } from "../../src/inventory/StockEntity.ts"

const here = { host: "here", port: 1 }
const there = { host: "there", port: 2 }
const sku = Sku.make("LAMP")

const command = {
  _tag: "ReserveStock",
  sku,
  orderId: OrderId.make("ord_0123456789abcdef0123456789abcdef"),
  quantity: 2,
  expiresAt: Timestamp.fromMillis(1_000)
} as const

const metadata = {
  commandId: CommandId.make("c1"),
  correlationId: "c1",
  causationId: "test",
  who: "test"
}

const question = (waitMs = 0) => ({ command, metadata, waitMs, isFirst: false })

const view: StockView = {
  sku,
  onHand: 5,
  reserved: 2,
  available: 3,
  reorderPoint: null,
  reorderQuantity: null
}

const reply = (version: number, isAtRest = true): Reply<StockView> => ({
  version,
  view,
  isAtRest,
  isRepeat: false
})

type StockHost = Host<StockCommand, StockView, StockRejection>
type Heard = Parameters<Parameters<StockHost["ask"]>[2]>[0]

/** Two processes: what one asks, the other is asked, over a line that the test may break. */
const world = () => {
  let nowMs = 0
  const due: Array<() => void> = []
  const sent: Array<string> = []
  const ends: Array<LineEnd> = []
  let take: (line: Line) => LineEnd = () => ({ receive: () => undefined, broken: () => undefined })
  let isSilent = false
  const soon = (then: () => void) => void due.push(then)
  const carry = (to: () => LineEnd) => (text: string) => {
    sent.push(text)
    if (!isSilent) soon(() => to().receive(text))
  }
  const open = (_to: unknown, end: LineEnd): Line => {
    ends.push(end)
    const far = take({ send: carry(() => end), hangUp: () => end.broken() })
    return { send: carry(() => far), hangUp: () => soon(end.broken) }
  }
  const office = (own: typeof here, lines: Lines["Type"]) =>
    new PostOffice({
      lines,
      own,
      ownerOf: (id) => (id === "nobody's" ? undefined : id === "own" ? here : there),
      nowMs: () => nowMs,
      report: (defect) => void reported.push(defect)
    })
  const reported: Array<unknown> = []
  const unused = () => undefined
  const other = office(there, { open, soon, answer: (taking) => void (take = taking) })
  const one = office(here, { open, soon, answer: unused })
  const stock = new RemoteActors(StockEntity, one, () => nowMs)
  return {
    stock,
    one,
    other,
    sent,
    ends,
    reported,
    silence: (is: boolean) => void (isSilent = is),
    after: (ms: number) => {
      nowMs += ms
      one.tick()
    },
    /** Until nothing is under way any more. */
    settle: () => {
      for (let next = due.shift(); next !== undefined; next = due.shift()) next()
    },
    ask: (waitMs = 0, id: string = sku) => {
      const heard: Array<Heard> = []
      stock.ask(id, question(waitMs), (answer) => void heard.push(answer))
      return heard
    }
  }
}

/** Answers in the other process as the test has it, and keeps what it was asked. */
const answering = (
  { other }: { readonly other: PostOffice },
  answer: () => Heard,
  looked: () => Reply<StockView> = () => reply(1)
) => {
  const asked: Array<Question<StockCommand>> = []
  const looks: Array<number> = []
  const host: StockHost = {
    ask: (_id, its, respond) => {
      asked.push(its)
      respond(answer())
    },
    look: (_id, waitMs, respond) => {
      looks.push(waitMs)
      respond(Either.right(looked()))
    }
  }
  const opened = other.open("inventory", desk(StockEntity, host))
  return { asked, looks, close: opened.close }
}

const reasonOf = ([answer]: ReadonlyArray<Heard>) =>
  answer !== undefined && Either.isLeft(answer) && answer.left instanceof ActorUnavailable
    ? answer.left.reason
    : answer

describe("a question to another process", () => {
  it("gets there as it was, and its answer back", () => {
    const the = world()
    const { asked } = answering(the, () => Either.right(reply(7)))
    const heard = the.ask(500)
    assert.deepStrictEqual(heard, [])
    the.settle()
    assert.deepStrictEqual(heard, [Either.right(reply(7))])
    assert.deepStrictEqual(asked, [{ ...question(500), expected: undefined }])
  })

  it("may be refused, in the words of its room", () => {
    const the = world()
    const refusal = new OutOfStock({ sku, asked: 2, available: 1 })
    answering(the, () => Either.left(refusal))
    const heard = the.ask()
    the.settle()
    assert.deepStrictEqual(heard, [Either.left(refusal)])
  })

  it("may meet an actor that cannot answer, and is told all that it says", () => {
    const the = world()
    const changed = new ActorUnavailable({
      actor: "inventory-LAMP",
      reason: "changed",
      detail: "it is another",
      version: 9
    })
    answering(the, () => Either.left(changed))
    const heard = the.ask()
    the.settle()
    assert.deepStrictEqual(heard, [Either.left(changed)])
  })

  it("travels with all others of its turn, and so do the answers", () => {
    const the = world()
    answering(the, () => Either.right(reply(1)))
    const all = Array.from({ length: 100 }, () => the.ask())
    the.settle()
    assert.isTrue(all.every((heard) => heard.length === 1))
    assert.lengthOf(the.sent, 2)
  })

  it("waits for rest in slices, so that none hangs on a process that has died", () => {
    const the = world()
    let isAtRest = false
    const first = () => Either.right(reply(1, false))
    const { asked, looks } = answering(the, first, () => {
      the.after(2_000)
      const seen = reply(2, isAtRest)
      isAtRest = true
      return { ...seen, isRepeat: true }
    })
    const heard = the.ask(30_000)
    the.settle()
    assert.deepStrictEqual(heard, [Either.right({ ...reply(2), isRepeat: false })])
    assert.deepStrictEqual(
      asked.map(({ waitMs }) => waitMs),
      [2_000]
    )
    assert.deepStrictEqual(looks, [2_000, 2_000])
  })
})

describe("an answer that does not come", () => {
  it("is not waited for when the line breaks, and the next question takes another line", () => {
    const the = world()
    the.silence(true)
    const heard = the.ask()
    the.settle()
    the.ends[0]?.broken()
    assert.strictEqual(reasonOf(heard), "moving")
    the.silence(false)
    answering(the, () => Either.right(reply(1)))
    const again = the.ask()
    the.settle()
    assert.deepStrictEqual(again, [Either.right(reply(1))])
    assert.lengthOf(the.ends, 2)
    assert.lengthOf(heard, 1)
  })

  it("is given up in time, and so is a line that is silent altogether", () => {
    const the = world()
    the.silence(true)
    const [short, long] = [the.ask(), the.ask(1_500)]
    the.settle()
    the.after(2_900)
    assert.deepStrictEqual(short, [])
    the.after(200)
    assert.strictEqual(reasonOf(short), "moving")
    // Whatever else was under way on that line is asked again at once.
    assert.strictEqual(reasonOf(long), "moving")
    the.ask()
    assert.lengthOf(the.ends, 2)
  })

  it("is no reason to doubt a line that brings others", () => {
    const the = world()
    const unanswered = the.ask()
    the.silence(true)
    the.settle()
    the.silence(false)
    the.after(1_000)
    answering(the, () => Either.right(reply(1)))
    the.ask()
    the.settle()
    the.after(2_500)
    assert.strictEqual(reasonOf(unanswered), "moving")
    the.ask()
    assert.lengthOf(the.ends, 1)
  })

  it("is refused at once when too many are missing already", () => {
    const the = world()
    the.silence(true)
    for (let n = 0; n < 16_384; n++) the.ask()
    assert.strictEqual(reasonOf(the.ask()), "saturated")
  })

  it("does not come from a process that writes what cannot be read", () => {
    const the = world()
    the.silence(true)
    const heard = the.ask()
    the.settle()
    the.ends[0]?.receive("[[1,{}]]")
    assert.strictEqual(reasonOf(heard), "moving")
  })
})

describe("a question that cannot be sent", () => {
  it("is told that its actor is on its way: to us, or to nobody yet", () => {
    const the = world()
    const heard = [the.ask(0, "own"), the.ask(0, "nobody's")]
    the.settle()
    assert.deepStrictEqual(heard.map(reasonOf), ["moving", "moving"])
    assert.lengthOf(the.ends, 0)
  })
})

describe("a process that is asked", () => {
  it("says so when the room is not open yet, or no more", () => {
    const the = world()
    const early = the.ask()
    the.settle()
    const { close } = answering(the, () => Either.right(reply(1)))
    close()
    const late = the.ask()
    the.settle()
    assert.deepStrictEqual([early, late].map(reasonOf), ["moving", "moving"])
  })

  it("says what it cannot read, and reports what goes wrong in a room", () => {
    const the = world()
    const answers: Array<Letter.Answer> = []
    answering(the, () => {
      throw new Error("a bug")
    })
    const asked = { _tag: "Ask", room: "inventory", id: sku, metadata, waitMs: 0 } as const
    the.one.ask({ ...asked, command: { _tag: "Dance" } }, (answer) => answers.push(answer))
    the.one.ask({ ...asked, command }, (answer) => answers.push(answer))
    the.settle()
    assert.deepStrictEqual(
      answers.map((answer) => answer._tag === "Unavailable" && answer.reason),
      ["unreachable"]
    )
    assert.deepStrictEqual(the.reported, [new Error("a bug")])
  })
})
