import { figure } from './figures.ts'
import { isReached, type Check, type Result } from './result.ts'

/** A result as the terminal shows it. */
export function toText(result: Result): string {
  const { claim, title, columns, rows, checks, notes } = result
  return [
    `\n${claim}: ${title}`,
    ...aligned([columns, ...rows]).map((line) => `  ${line}`),
    ...aligned(checks.map(checkCells)).map((line) => `  ${line}`),
    ...notes.map((note) => `  - ${note}`),
    `  ${about(result)}`,
  ].join('\n')
}

/** A result as `RESULTS.md` holds it. */
export function toMarkdown(result: Result): string {
  const { claim, title, columns, rows, checks, notes } = result
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    `### ${claim}: ${title}`,
    '',
    line(columns),
    line(columns.map((_, at) => (at === 0 ? '---' : '---:'))),
    ...rows.map(line),
    '',
    line(['promised', 'measured', 'target', '']),
    line(['---', '---:', '---:', '---']),
    ...checks.map((check) => line(checkCells(check))),
    '',
    ...notes.map((note) => `- ${note}`),
    `- ${about(result)}`,
    '',
  ].join('\n')
}

const checkCells = (check: Check): readonly string[] => [
  check.what,
  `${figure(check.measured)}${check.unit}`,
  `${check.is === 'at least' ? '≥' : '≤'} ${figure(check.target)}${check.unit}`,
  isReached(check) ? 'reached' : 'NOT REACHED',
]

const about = ({ rounds, isQuick, at, seconds, machine, versions }: Result): string =>
  `${rounds} rounds${isQuick ? ' (quick: not for the record)' : ''}, ${seconds} s, ${at.slice(0, 16)}Z; ${machine}; ` +
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')

function aligned(lines: readonly (readonly string[])[]): readonly string[] {
  const widths = (lines[0] ?? []).map((_, at) => Math.max(...lines.map((cells) => cells[at]?.length ?? 0)))
  return lines.map((cells) =>
    cells
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
