/** Prometheus' text format. See https://prometheus.io/docs/instrumenting/exposition_formats/ */

const BUCKETS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const

/** Durations, counted in buckets. */
export class Histogram {
  readonly #counts = new Array<number>(BUCKETS_MS.length + 1).fill(0)
  #sumMs = 0

  observe(ms: number): void {
    let at = 0
    while (at < BUCKETS_MS.length && ms > BUCKETS_MS[at]!) at++
    this.#counts[at]!++
    this.#sumMs += ms
  }

  /** In seconds, as Prometheus wants durations. */
  lines(name: string, help: string): readonly string[] {
    let total = 0
    const buckets = this.#counts.map((count, at) => {
      total += count
      return `${name}_bucket{le="${at < BUCKETS_MS.length ? BUCKETS_MS[at]! / 1_000 : '+Inf'}"} ${total}`
    })
    return [...head(name, 'histogram', help), ...buckets, `${name}_sum ${this.#sumMs / 1_000}`, `${name}_count ${total}`]
  }
}

type Kind = 'counter' | 'gauge'

export const one = (name: string, kind: Kind, help: string, value: number): readonly string[] => [
  ...head(name, kind, help),
  `${name} ${finite(value)}`,
]

/** One value for each value of a label. */
export const many = (
  name: string,
  kind: Kind,
  help: string,
  label: string,
  values: Iterable<readonly [string | number, number]>,
): readonly string[] =>
  labelled(
    name,
    kind,
    help,
    Array.from(values, ([of, value]) => [{ [label]: of }, value] as const),
  )

/** One value for each set of labels. */
export const labelled = (
  name: string,
  kind: Kind,
  help: string,
  values: Iterable<readonly [Readonly<Record<string, string | number>>, number]>,
): readonly string[] => [...head(name, kind, help), ...Array.from(values, ([labels, value]) => `${name}{${said(labels)}} ${finite(value)}`)]

const said = (labels: Readonly<Record<string, string | number>>): string =>
  Object.entries(labels)
    .map(([label, of]) => `${label}="${String(of).replace(/[\\"\n]/g, '_')}"`)
    .join(',')

const head = (name: string, kind: Kind | 'histogram', help: string): readonly string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${kind}`,
]

/** Nothing measured yet is no number. */
const finite = (value: number): number => (Number.isFinite(value) ? value : 0)
