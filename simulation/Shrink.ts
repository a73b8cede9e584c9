/** From a plan that fails to a small one that fails in the same way. */
import type { Plan } from "./Plan.ts"
import type { Result } from "./Run.ts"

/** How many runs a small plan may cost. */
const runsMax = 400

/** Removes parts while the same invariant breaks: first halves, then quarters, then ones. */
const lessOf = <A>(
  items: ReadonlyArray<A>,
  stillFails: (items: ReadonlyArray<A>) => boolean
): ReadonlyArray<A> => {
  let left = items
  for (let size = Math.ceil(items.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < left.length;) {
      const fewer = [...left.slice(0, start), ...left.slice(start + size)]
      if (stillFails(fewer)) left = fewer
      else start += size
    }
  }
  return left
}

/** Fewer faults, then fewer orders and deliveries, then fewer faults again. */
export const shrink = (plan: Plan, invariant: string, run: (plan: Plan) => Result): Plan => {
  let runs = 0
  const fails = (candidate: Plan): boolean =>
    runs++ < runsMax && run(candidate).broken?.invariant === invariant
  const fewerFaults = (plan: Plan): Plan => ({
    ...plan,
    faults: lessOf(plan.faults, (faults) => fails({ ...plan, faults }))
  })
  const fewerOrders = (plan: Plan): Plan => ({
    ...plan,
    orders: lessOf(plan.orders, (orders) => orders.length > 0 && fails({ ...plan, orders }))
  })
  return fewerFaults(fewerOrders(fewerFaults(plan)))
}
