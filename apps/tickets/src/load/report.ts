import type { LoadResult } from './run-load.ts'
import type { Latencies, Measures, Tally } from './measures.ts'

const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
const ms = (value: number): string => (value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)).padStart(10)

const row = (name: string, { count, p50, p99, p999, max }: Latencies, seconds: number): string =>
  `  ${name.padEnd(10)}${whole(count).padStart(10)}${whole(count / seconds).padStart(10)}${ms(p50)}${ms(p99)}${ms(p999)}${ms(max)}`

const tally = (title: string, counts: Tally): readonly string[] =>
  counts.total === 0
    ? [`  ${title}: none`]
    : [`  ${title}: ${whole(counts.total)}`, ...counts.entries().map(([name, count]) => `    ${whole(count).padStart(9)}  ${name}`)]

export const measuresReport = (measures: Measures, seconds: number): string =>
  [
    '',
    '                 count   per sec    p50 ms    p99 ms  p99.9 ms    max ms',
    row('commands', measures.commands.summary(), seconds),
    row('queries', measures.queries.summary(), seconds),
    '',
    `  accepted: ${whole(measures.accepted)}`,
    ...tally('refused (an answer, no error)', measures.refusals),
    ...tally('errors', measures.errors),
    '',
  ].join('\n')

export function verdictReport({ verdict, problems, rebuilt, verified }: Omit<LoadResult, 'measures' | 'seconds'>): string {
  const { records, events, shows, sold, confirmed, mapsCompared } = verdict
  const count = verdict.problemCount + problems.length
  const read = `  read ${whole(records)} records (${whole(events)} events, ${whole(shows)} shows), ${whole(sold)} seats sold`
  if (count > 0) {
    const all = [...problems, ...verdict.problems]
    const more = count > all.length ? [`    … and ${whole(count - all.length)} more`] : []
    return [read, `  IT DID NOT HOLD: ${whole(count)} problems`, ...all.map((problem) => `    ${problem}`), ...more, ''].join('\n')
  }
  return [
    read,
    '  It held:',
    '    no seat had two owners, no customer more seats than allowed, no hold was bought after its time',
    `    all ${whole(confirmed)} acknowledged commands are in the log, each once, with the answer that was given`,
    `    ${mapsCompared === 1 ? 'the seat map equals' : `${whole(mapsCompared)} seat maps equal`} the fold of the log at the position they were seen at`,
    ...(rebuilt === 0 ? [] : [`    a read model was rebuilt ${rebuilt} times meanwhile: no answer changed by it, none went back`]),
    `    all ${whole(verified.documents)} documents of ${verified.readModels} read models are what the log says`,
    '    everybody saw their own bookings at once',
    ...moneyReport(verdict.money),
    '',
  ].join('\n')
}

function moneyReport(money: LoadResult['verdict']['money']): readonly string[] {
  if (money === undefined) return ['    nobody paid by card: the payment provider shows no books']
  const { checkouts, keptCents, effects, repeats } = money
  const kept = (keptCents / 100).toLocaleString('en-US', { minimumFractionDigits: 2 })
  return [
    `    of ${whole(checkouts)} checkouts the provider keeps ${kept} €: what the seats they booked cost, to the cent`,
    `    it counts ${whole(effects)} charges and refunds, each once for its key, and ${whole(repeats)} repeats without effect`,
  ]
}
