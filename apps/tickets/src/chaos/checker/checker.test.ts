import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkRun } from './check-run.ts'
import type { Rule } from './findings.ts'
import { honestRun, SHOW_ID, toCall, toQuery, type EditableRun } from './fixtures/honest-run.ts'
import type { TopicRecord } from './log-record.ts'

/** Where a command's records begin in the log. */
const at = ({ events }: EditableRun, commandId: string): number =>
  events.findIndex(({ headers }) => headers['ce_causationid'] === commandId)

const renumbered = (events: TopicRecord[]): TopicRecord[] => events.map((record, offset) => ({ ...record, offset }))

/** The log with other records in the place of some. */
function spliced(run: EditableRun, from: number, count: number, ...records: readonly TopicRecord[]): EditableRun {
  const events = [...run.events]
  events.splice(from, count, ...records)
  return { ...run, events: renumbered(events) }
}

const edited = (record: TopicRecord | undefined, edit: (data: Record<string, unknown>) => unknown): TopicRecord => {
  assert.ok(record)
  return { ...record, value: JSON.stringify(edit(JSON.parse(record.value) as Record<string, unknown>)) }
}

function finds(name: string, rules: readonly Rule[], plant: (run: EditableRun) => EditableRun): void {
  test(`finds ${name}`, () => {
    const { counts, findings } = checkRun(plant(honestRun()))
    for (const rule of rules) assert.ok((counts[rule] ?? 0) > 0, `${rule} is not among ${JSON.stringify(findings, undefined, 1)}`)
  })
}

test('finds nothing in an honest run', () => {
  const verdict = checkRun(honestRun())
  assert.deepEqual(verdict.findings, [])
  assert.equal(verdict.acknowledged, 5)
  assert.equal(verdict.refused, 1)
  assert.equal(verdict.timers, 1)
  assert.equal(verdict.takeovers, 1)
  assert.equal(verdict.views, 2)
})

finds('a doubled answer', ['A1', 'A5'], (run) => {
  const first = at(run, 'buy-1')
  return spliced(run, first + 2, 0, ...run.events.slice(first, first + 2))
})
finds('a command that was decided again by the next owner', ['A1', 'A7'], (run) => {
  const { commands, events } = run
  const again = { ...commands[1]!, offset: commands.length }
  const marker = events.findLastIndex(({ headers }) => headers['ce_type'] === 'millrace.owned')
  const [held, scheduled] = events.slice(at(run, 'hold-1'), at(run, 'hold-1') + 2).map((record) => ({
    ...record,
    timestamp: events.at(-1)!.timestamp,
    headers: { ...record.headers, ce_commandoffset: String(commands.length) },
  }))
  const owned = { ...held!, headers: { ...held!.headers, ce_owner: String(marker) } }
  return { ...run, commands: [...commands, again], events: renumbered([...events, owned, scheduled!]) }
})
finds('an answer that is not in the log', ['A1', 'A5'], (run) => spliced(run, at(run, 'buy-1'), 2))
finds('a missing record at the end of an answer', ['A7'], (run) => spliced(run, at(run, 'hold-1') + 1, 1))
finds('a missing event at the begin of an answer', ['A6'], (run) => spliced(run, at(run, 'hold-1'), 1))
finds('a receipt that says something else than the log', ['A1'], (run) => ({
  ...run,
  history: run.history.map((line) =>
    line.kind === 'command' && line.receipt !== undefined && line.id === 'hold-1'
      ? { ...line, receipt: { ...line.receipt, events: [] } }
      : line,
  ),
}))
finds('a refusal that leaves an event', ['A2'], (run) => {
  const first = at(run, 'hold-2')
  const { headers } = run.events[first]!
  return spliced(run, first + 1, 0, {
    ...run.events[at(run, 'hold-1')]!,
    timestamp: run.events[first]!.timestamp,
    headers: { ...headers, ce_id: 'hold-2.1', ce_type: 'SeatsHeld' },
  })
})
finds('commands decided in another order', ['A5'], (run) => {
  const events = run.events.map((record) => {
    const { ce_causationid: id } = record.headers
    const swapped = id === 'hold-1' ? '2' : id === 'hold-2' ? '1' : undefined
    return swapped === undefined ? record : { ...record, headers: { ...record.headers, ce_commandoffset: swapped } }
  })
  return { ...run, events }
})
finds('a command that nobody decided', ['A5'], (run) => ({
  ...run,
  commands: [...run.commands, { ...run.commands[1]!, offset: run.commands.length }],
}))
finds('an answer to a command that nobody sent', ['A4'], (run) => ({ ...run, commands: run.commands.slice(0, -1) }))
finds('records of two commands mixed up', ['A6'], (run) => {
  const first = at(run, 'hold-1')
  const [held, scheduled, refused] = run.events.slice(first, first + 3)
  return spliced(run, first, 3, held!, refused!, scheduled!)
})
finds('a batch of a former owner after a marker', ['owner'], (run) => {
  const first = at(run, 'buy-1')
  const { headers } = run.events[first]!
  return spliced(run, first, 1, { ...run.events[first]!, headers: { ...headers, ce_owner: '0' } })
})
finds('an epoch that goes back', ['owner'], (run) => {
  const marker = run.events.findLastIndex(({ headers }) => headers['ce_type'] === 'millrace.owned')
  return spliced(
    run,
    marker,
    1,
    edited(run.events[marker], (data) => ({ ...data, epoch: 0 })),
  )
})
finds('a wrong decision, which sells a seat twice', ['A7', 'B'], (run) => {
  const first = at(run, 'hold-2')
  const { headers } = run.events[first]!
  const held = edited(run.events[at(run, 'hold-1')], (data) => ({ ...data, holdId: 'h2', customerId: 'bob', seats: ['A-1-2'] }))
  return spliced(run, first, 1, { ...held, timestamp: run.events[first]!.timestamp, headers: { ...headers, ce_type: 'SeatsHeld' } })
})
finds('a decision at another time than the recorded one', ['A7'], (run) =>
  spliced(run, at(run, 'buy-1'), 1, { ...run.events[at(run, 'buy-1')]!, timestamp: run.events[at(run, 'buy-1')]!.timestamp + 1 }),
)
finds('a timer that fires twice', ['G'], (run) => {
  const first = at(run, 'hold-3.1')
  return spliced(run, first, 0, run.events[first]!)
})
finds('a timer that fires too early', ['G'], (run) => {
  const first = at(run, 'hold-3.1')
  return spliced(run, first, 1, { ...run.events[first]!, timestamp: run.events[first]!.timestamp - 1_000 })
})
finds('a timer that never fires', ['G'], (run) => spliced(run, at(run, 'hold-3.1'), 1))
finds('a query that is older than what it was to wait for', ['D1'], (run) => ({
  ...run,
  history: [...run.history, toQuery({ answer: {}, after: '0-4', position: '0-2', atMs: 1_000 })],
}))
finds('an answer that is older than the position it names', ['D1'], (run) => ({
  ...run,
  history: [...run.history, toQuery({ answer: {}, after: '', position: '0-4', atMs: 1_000 })],
}))
finds('a position that goes back in a session', ['D2'], (run) => ({
  ...run,
  history: [...run.history, toQuery({ answer: {}, after: '', position: '0-2', atMs: 100_000 })],
}))
finds('a live query that missed a change', ['D3'], (run) => ({
  ...run,
  history: [...run.history, toQuery({ answer: { 'A-1-1': 'held' }, after: '', position: '0-9', atMs: 100_000, isLive: true })],
}))
finds('a live query whose position goes back', ['D3'], (run) => ({
  ...run,
  history: [...run.history, toQuery({ answer: {}, after: '', position: '0-2', atMs: 100_000, isLive: true })],
}))
finds('a read model that is not the fold of the log at the end', ['C'], (run) => ({
  ...run,
  history: [...run.history, { ...toQuery({ answer: {}, after: '', position: '0-99', atMs: 100_000 }), session: 'end-0' }],
}))
finds('a valid command that was refused', ['http'], (run) => ({
  ...run,
  history: [...run.history, toCall({ id: 'x', type: 'HoldSeats', data: {}, outcome: 'refused', status: 422, startMs: 1, endMs: 2 })],
}))
finds('another body under a key that was used', ['E2'], (run) => {
  const receipt = { commandId: 'hold-1', outcome: 'accepted', events: [], position: '0-4' }
  const other = toCall({ id: 'hold-1', type: 'HoldSeats', data: { showId: SHOW_ID }, receipt, isOther: true, startMs: 9_000, endMs: 9_001 })
  return { ...run, history: [...run.history, other] }
})
finds('what the runner saw', ['crash'], (run) => ({
  ...run,
  history: [...run.history, { kind: 'trouble', rule: 'crash', problem: 'it ended' }],
}))
