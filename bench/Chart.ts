/** A bar chart of the findings as an SVG: plain shapes and text, which need no library. */
import { callersCompared, type Findings, type Row } from "./Findings.ts"
import type { Workload } from "./Work.ts"

const width = 760
const labelWidth = 210
const barHeight = 20
const gap = 6
const titleHeight = 34

/** Room behind the longest bar for its figure. */
const figureWidth = 90

const colours = { souk: "#0f766e", other: "#94a3b8", text: "#475569" }

const titles: Readonly<Record<Workload, string>> = {
  spread: "Spread over 200 items: confirmed orders per second",
  hot: "All orders for the same two items: confirmed orders per second",
  flash: "Flash sale, ten buyers for each unit: orders answered per second"
}

const names: Readonly<Record<Row["contender"], string>> = {
  souk: "Souk",
  soukHttp: "Souk over HTTP",
  soukRunners: "Souk, two runners, HTTP",
  staged: "SQL, staged",
  stagedTuned: "SQL, staged and tuned",
  singleTx: "SQL, one transaction",
  dbos: "DBOS Transact",
  restate: "Restate"
}

const text = (x: number, y: number, words: string, attributes = ""): string =>
  `<text x="${x}" y="${y}" fill="${colours.text}" ${attributes}>${words}</text>`

const bar = (row: Row, top: number, scale: number): string => {
  const fill = row.contender.startsWith("souk") ? colours.souk : colours.other
  const length = Math.max(1, Math.round(row.ordersPerSecond * scale))
  const line = top + barHeight - 6
  return [
    text(labelWidth - 8, line, names[row.contender], `text-anchor="end"`),
    `<rect x="${labelWidth}" y="${top}" width="${length}" height="${barHeight}" fill="${fill}"/>`,
    text(labelWidth + length + 6, line, row.ordersPerSecond.toFixed(0))
  ].join("\n")
}

/** One group of bars for each workload that was measured, each on a scale of its own. */
export const chartOf = ({ rows }: Findings): string => {
  const shapes: Array<string> = []
  let top = 0
  for (const workload of ["spread", "hot", "flash"] as const) {
    const group = rows.filter(
      (row) =>
        row.workload === workload && (workload === "flash" || row.callers === callersCompared)
    )
    if (group.length === 0) continue
    const most = Math.max(...group.map((row) => row.ordersPerSecond))
    const scale = (width - labelWidth - figureWidth) / most
    shapes.push(text(0, top + 22, titles[workload], `font-weight="bold"`))
    top += titleHeight
    for (const row of group) {
      shapes.push(bar(row, top, scale))
      top += barHeight + gap
    }
    top += gap
  }
  const size = `width="${width}" height="${top}" viewBox="0 0 ${width} ${top}"`
  const font = `font-family="system-ui, sans-serif" font-size="14"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font}>\n${shapes.join("\n")}\n</svg>\n`
}
