import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

/** One row of a claim: what was measured, what it is compared with, and what it should reach. */
export interface Row {
  readonly what: string
  readonly measured: string
  readonly target: string
  readonly isReached: boolean | undefined
}

export const isQuick: boolean = process.argv.includes('--quick')

/** Prints the table of one claim, and keeps the figures beside it. */
export function report(claim: string, rows: readonly Row[], notes: readonly string[], figures: unknown): void {
  const cells = [
    ['what', 'measured', 'target', 'reached'],
    ...rows.map(({ what, measured, target, isReached }) => [
      what,
      measured,
      target,
      isReached === undefined ? '' : isReached ? 'yes' : 'NO',
    ]),
  ]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]!.length)))
  const line = (row: readonly string[]): string => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  console.log(`\n### ${claim}${isQuick ? ' (quick: figures are worth little)' : ''}\n`)
  console.log([line(cells[0]!), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...cells.slice(1).map(line)].join('\n'))
  for (const note of notes) console.log(`\n${note}`)
  mkdirSync(new URL('../../results/', import.meta.url), { recursive: true })
  const machine = { cores: cpus().length, model: cpus()[0]?.model, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version }
  writeFileSync(
    new URL(`../../results/${claim.replace(/[^a-z0-9]+/gi, '-')}.json`, import.meta.url),
    JSON.stringify({ claim, machine, at: new Date().toISOString(), rows, figures }, undefined, 2),
  )
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN
}

export const median = (values: readonly number[]): number => percentile(values, 0.5)
export const whole = (value: number): string => Math.round(value).toLocaleString('en')
export const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`
export const sleep = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs))
