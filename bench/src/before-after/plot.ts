/** The plot of `docs/before-after.svg`: p99 of reads against the load. Plain text: it needs no library, and diffs. */
export interface PlotPoint {
  /** Reads a second. */
  readonly load: number
  readonly p99Ms: number
  /** It no longer keeps up, or is too slow. */
  readonly isBroken: boolean
}

export interface Plot {
  readonly lines: readonly { readonly name: string; readonly points: readonly PlotPoint[] }[]
  /** From here on nobody wants to wait. */
  readonly limitMs: number
  /** What is slower is drawn as this. */
  readonly mostMs: number
}

const WIDTH = 720
const HEIGHT = 454
const LEFT = 62
const RIGHT = 28
const TOP = 96
const BOTTOM = 64
/** A phone shows it at half of its size. */
const FONT_SIZE = 16
const LEGENDS_IN_A_ROW = 3

export function drawPlot({ lines, limitMs, mostMs }: Plot): string {
  const loads = [...new Set(lines.flatMap(({ points }) => points.map(({ load }) => load)))].sort((one, other) => one - other)
  const [least = 1] = loads
  const most = loads.at(-1) ?? 1
  const width = WIDTH - LEFT - RIGHT
  const height = HEIGHT - TOP - BOTTOM
  const x = (load: number): string => place(LEFT + (width * Math.log(load / least)) / Math.log(most / least))
  const y = (ms: number): string => place(TOP + height * (1 - Math.log(Math.min(Math.max(ms, 1), mostMs)) / Math.log(mostMs)))
  const bottom = HEIGHT - BOTTOM

  const grid = [1, 10, 100, 1_000]
    .filter((ms) => ms <= mostMs)
    .flatMap((ms) => [
      `<path class="grid" d="M${LEFT} ${y(ms)} H${WIDTH - RIGHT}"/>`,
      `<text class="soft" x="${LEFT - 10}" y="${y(ms)}" dy="5" text-anchor="end">${ms.toLocaleString('en-US')}</text>`,
    ])
  const limit = [
    `<path class="limit" d="M${LEFT} ${y(limitMs)} H${WIDTH - RIGHT}"/>`,
    `<text class="soft" x="${LEFT + 8}" y="${y(limitMs)}" dy="-7">${limitMs} ms</text>`,
  ]
  const ticks = spaced(loads, most / least).flatMap((load) => [
    `<path class="axis" d="M${x(load)} ${bottom} v6"/>`,
    `<text class="soft" x="${x(load)}" y="${bottom + 24}" text-anchor="middle">${load.toLocaleString('en-US')}</text>`,
  ])
  const drawn = lines.flatMap(({ points }, line) => [
    `<path class="line l${line}" d="${points.map(({ load, p99Ms }, at) => `${at === 0 ? 'M' : 'L'}${x(load)} ${y(p99Ms)}`).join(' ')}"/>`,
    ...points.map(({ load, p99Ms, isBroken }) =>
      isBroken
        ? `<path class="line l${line}" transform="translate(${x(load)} ${y(p99Ms)})" d="M-6 -6 L6 6 M6 -6 L-6 6"/>`
        : `<circle class="dot l${line}" cx="${x(load)}" cy="${y(p99Ms)}" r="4.5"/>`,
    ),
  ])
  const legend = lines.map(({ name }, line) => {
    const left = LEFT + (line % LEGENDS_IN_A_ROW) * 218
    const middle = 50 + 24 * Math.floor(line / LEGENDS_IN_A_ROW)
    return `<path class="line l${line}" d="M${left} ${middle} h24"/><circle class="dot l${line}" cx="${left + 12}" cy="${middle}" r="4.5"/><text x="${left + 32}" y="${middle + 5}">${name}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="t d" font-family="ui-sans-serif, system-ui, 'Segoe UI', Roboto, sans-serif" font-size="${FONT_SIZE}">
  <title id="t">A ticket shop before CQRS and on Millrace, under a rising load</title>
  <desc id="d">99th percentile of the time that reads take, against reads a second with a write to every nine of them. ${lines.map(said).join(' ')}</desc>
  <style>
    :root { color-scheme: light dark; --ink: #1d2733; --soft: #526171; --grid: #dde4ea; --axis: #9aa8b6; --l0: #b4471f; --l1: #7d5fb2; --l2: #1f7a4d; --l3: #1f6fb2 }
    @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #a9b8c6; --grid: #2b3641; --axis: #6d7f90; --l0: #ff8f66; --l1: #b79bea; --l2: #5fd39a; --l3: #6fb6f2 } }
    text { fill: var(--ink) } .soft { fill: var(--soft); font-size: ${FONT_SIZE - 1}px } .head { font-weight: 600 }
    .grid { stroke: var(--grid) } .axis { stroke: var(--axis); fill: none } .limit { stroke: var(--axis); stroke-dasharray: 5 5 }
    .line { fill: none; stroke-width: 2.6; stroke-linejoin: round; stroke-linecap: round }
    ${lines.map((_, line) => `.line.l${line} { stroke: var(--l${line}) } .dot.l${line} { fill: var(--l${line}) }`).join(' ')}
  </style>
  <text class="head" x="${LEFT}" y="22">The slowest read in a hundred takes (ms, p99)</text>
  ${[...legend, ...grid, ...limit, ...ticks].join('\n  ')}
  <path class="axis" d="M${LEFT} ${TOP} V${bottom} H${WIDTH - RIGHT}"/>
  <text class="soft" x="${LEFT + width / 2}" y="${HEIGHT - 12}" text-anchor="middle">reads a second, and a write to every nine (× too slow, or behind)</text>
  ${drawn.join('\n  ')}
</svg>
`
}

const place = (value: number): string => String(Math.round(value * 10) / 10)

function said({ name, points }: Plot['lines'][number]): string {
  const breaks = points.find(({ isBroken }) => isBroken)
  const last = points.at(-1)
  if (breaks !== undefined) return `${name} breaks at ${breaks.load} reads a second.`
  return last === undefined
    ? ''
    : `${name} takes ${Number(last.p99Ms.toPrecision(2))} ms at ${last.load} reads a second, and has not broken.`
}

/** Those loads that have room for their names beside each other. */
function spaced(loads: readonly number[], range: number): readonly number[] {
  let last = 0
  return loads.filter((load) => {
    if (last > 0 && Math.log(load / last) / Math.log(range) < 0.12) return false
    last = load
    return true
  })
}
