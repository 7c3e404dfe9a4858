/** The plot of `docs/before-after.svg`: p99 of reads against the write load. Plain text: it needs no library, and diffs. */
export interface PlotPoint {
  readonly writes: number
  readonly p99Ms: number
  /** From here on it does not keep up. */
  readonly isBroken: boolean
}

export interface Plot {
  /** The first is drawn first. */
  readonly lines: readonly { readonly name: string; readonly points: readonly PlotPoint[] }[]
  readonly reads: number
  readonly brokenMs: number
}

const WIDTH = 720
const HEIGHT = 420
const LEFT = 62
const RIGHT = 24
const TOP = 64
const BOTTOM = 62

/** Idle has a place of its own, left of the first load. */
const IDLE_SHARE = 0.07

export function drawPlot({ lines, reads, brokenMs }: Plot): string {
  const loads = [...new Set(lines.flatMap(({ points }) => points.map(({ writes }) => writes)))].sort((one, other) => one - other)
  const [least = 1] = loads.filter((writes) => writes > 0)
  const most = loads.at(-1) ?? 1
  const finite = lines.flatMap(({ points }) => points.map(({ p99Ms }) => clip(p99Ms)))
  const low = 10 ** Math.floor(Math.log10(Math.min(...finite)))
  const width = WIDTH - LEFT - RIGHT
  const height = HEIGHT - TOP - BOTTOM

  function clip(ms: number): number {
    return Math.min(ms, brokenMs)
  }
  const x = (writes: number): number =>
    writes === 0 ? LEFT : LEFT + width * (IDLE_SHARE + (1 - IDLE_SHARE) * (Math.log(writes / least) / Math.log(most / least)))
  const y = (ms: number): number => TOP + height * (1 - Math.log(clip(ms) / low) / Math.log(brokenMs / low))

  const ticks = decades(low, brokenMs).flatMap((ms) => [
    `<path class="grid" d="M${LEFT} ${at(y(ms))} H${WIDTH - RIGHT}"/>`,
    `<text class="soft" x="${LEFT - 10}" y="${at(y(ms) + 5)}" text-anchor="end">${ms.toLocaleString('en-US')}</text>`,
  ])
  const named = loads.filter((writes) => writes === 0 || Math.log2(writes / least) % 1 === 0)
  const loadTicks = named.flatMap((writes) => [
    `<path class="tick" d="M${at(x(writes))} ${HEIGHT - BOTTOM} v6"/>`,
    `<text class="soft" x="${at(x(writes))}" y="${HEIGHT - BOTTOM + 23}" text-anchor="middle">${writes === 0 ? 'idle' : writes.toLocaleString('en-US')}</text>`,
  ])
  const drawn = lines.flatMap(({ name, points }, index) => {
    const path = points.map(({ writes, p99Ms }, place) => `${place === 0 ? 'M' : 'L'}${at(x(writes))} ${at(y(p99Ms))}`).join(' ')
    const marks = points.map(({ writes, p99Ms, isBroken }) =>
      isBroken
        ? `<path class="line l${index}" d="M${at(x(writes) - 6)} ${at(y(p99Ms) - 6)} l12 12 m0 -12 l-12 12"/>`
        : `<circle class="dot l${index}" cx="${at(x(writes))}" cy="${at(y(p99Ms))}" r="4"/>`,
    )
    return [`<g aria-label="${name}">`, `<path class="line l${index}" d="${path}"/>`, ...marks, '</g>']
  })
  const legend = lines.map(({ name }, index) => {
    const left = LEFT + index * 196
    return `<path class="line l${index}" d="M${left} 47 h22"/><circle class="dot l${index}" cx="${left + 11}" cy="47" r="4"/><text class="name" x="${left + 30}" y="52">${name}</text>`
  })
  const said = lines.map(({ name, points }) => {
    const last = points.at(-1)
    const first = points[0]
    if (last === undefined || first === undefined) return ''
    return `${name}: ${round(first.p99Ms)} ms idle, ${last.isBroken ? 'breaks' : `${round(last.p99Ms)} ms`} at ${last.writes} writes a second.`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="t d" font-family="ui-sans-serif, system-ui, 'Segoe UI', Roboto, sans-serif" font-size="15">
  <title id="t">Reads slow down with the write load before CQRS</title>
  <desc id="d">99th percentile of ${reads} reads a second against the write load. ${said.join(' ')}</desc>
  <style>
    :root { color-scheme: light dark; --ink: #1d2733; --soft: #5b6b7c; --grid: #dde4ea; --axis: #9aa8b6; --l0: #b4471f; --l1: #8a6a00; --l2: #1f7a4d }
    @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9fb0c0; --grid: #2b3641; --axis: #6d7f90; --l0: #ff8f66; --l1: #e0b84c; --l2: #5fd39a } }
    text { fill: var(--ink) } .soft { fill: var(--soft); font-size: 14px } .head { font-weight: 600 } .grid { stroke: var(--grid) } .tick, .axis { stroke: var(--axis); fill: none }
    .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round } .dot { stroke: none }
${lines.map((_, index) => `    .line.l${index} { stroke: var(--l${index}) } .dot.l${index} { fill: var(--l${index}) }`).join('\n')}
  </style>
  <text class="head" x="${LEFT}" y="20">Slowest 1 % of reads take (p99, ms)</text>
  ${[...legend, ...ticks, ...loadTicks].join('\n  ')}
  <path class="axis" d="M${LEFT} ${TOP} V${HEIGHT - BOTTOM} H${WIDTH - RIGHT}"/>
  <text class="soft" x="${LEFT + width / 2}" y="${HEIGHT - 12}" text-anchor="middle">writes a second, beside ${reads} reads a second (× : does not keep up)</text>
  ${drawn.join('\n  ')}
</svg>
`
}

const at = (value: number): string => String(Math.round(value * 10) / 10)
const round = (ms: number): string => String(Number(ms.toPrecision(2)))

function decades(from: number, to: number): readonly number[] {
  const found: number[] = []
  for (let ms = from; ms <= to * 1.001; ms *= 10) found.push(Number(ms.toPrecision(1)))
  return found
}
