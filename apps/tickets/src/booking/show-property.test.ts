/** Random commands on a small, crowded show: whatever comes, no rule is broken, and what is kept in step equals a recount. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Decision, Schemas } from '@millrace/core'
import { createRandom, type Random } from 'app-kit/random'
import { HouseFold } from '../load/house-fold.ts'
import { bestAvailable } from './best-available.ts'
import { FREE, type Hall } from './hall.ts'
import { show } from './show.ts'
import type { ShowState } from './show-state.ts'

const LIMIT = 6
const HOLD_MS = 1_000
const plan = {
  showId: 's',
  title: 't',
  venue: 'v',
  startsAt: '2030-05-01T19:30:00Z',
  sections: [
    { id: 'A', name: 'A', priceCents: 300, rows: 3, seatsPerRow: 7 },
    { id: 'B', name: 'B', priceCents: 300, rows: 2, seatsPerRow: 5 },
    { id: 'C', name: 'C', priceCents: 100, rows: 2, seatsPerRow: 9 },
  ],
  maxSeatsPerCustomer: LIMIT,
  holdMs: HOLD_MS,
}
const allSeats = plan.sections.flatMap(({ id, rows, seatsPerRow }) =>
  Array.from({ length: rows * seatsPerRow }, (_, at) => `${id}-${Math.floor(at / seatsPerRow) + 1}-${(at % seatsPerRow) + 1}`),
)

function randomCommand(random: Random): readonly [string, object] {
  const ids = { showId: 's', holdId: `h${random.below(40)}`, customerId: `c${random.below(12)}`, bookingId: `b${random.below(60)}` }
  const { showId, holdId, customerId, bookingId } = ids
  const seats = [...new Set(Array.from({ length: 1 + random.below(3) }, () => random.pick(allSeats)))]
  return random.pick([
    ['HoldSeats', { showId, holdId, customerId, seats }],
    [
      'HoldBestAvailable',
      {
        showId,
        holdId,
        customerId,
        quantity: 1 + random.below(7),
        ...(random.next() < 0.3 && { section: random.pick(['A', 'B', 'C', 'Z']) }),
      },
    ],
    ['HoldBestAvailable', { showId, holdId, customerId, quantity: 1 + random.below(4) }],
    ['ExtendHold', { showId, holdId }],
    ['ReleaseHold', { showId, holdId }],
    ['ExpireHold', { showId, holdId }],
    ['ConfirmBooking', { showId, holdId, bookingId }],
    ['ConfirmBooking', { showId, holdId, bookingId }],
    ['CancelBooking', { showId, bookingId }],
    ['BlockSeats', { showId, seats, reason: 'x' }],
    ['UnblockSeats', { showId, seats }],
  ] as const)
}

/** What the incremental structure should say, counted seat by seat. */
function assertRecount(hall: Hall): void {
  let free = 0
  for (const section of hall.sections) {
    let freeInSection = 0
    for (let row = 0; row < section.rows; row++) {
      const seats = [...section.seats.subarray(row * section.seatsPerRow, (row + 1) * section.seatsPerRow)]
      const runs = seats
        .map((seat) => (seat === FREE ? '.' : '#'))
        .join('')
        .split('#')
        .map((run) => run.length)
      const freeInRow = seats.filter((seat) => seat === FREE).length
      assert.equal(section.freeInRow[row], freeInRow)
      assert.equal(section.longestRun[row], Math.max(...runs))
      freeInSection += freeInRow
    }
    assert.equal(section.free, freeInSection)
    free += freeInSection
  }
  assert.equal(hall.free, free)
}

/** Best seats are free, as many as asked for, no seat twice, and nothing is given up that need not be. */
function assertBest(hall: Hall, quantity: number): void {
  const best = bestAvailable(hall, quantity)
  assert.equal(best === undefined, hall.free < quantity)
  if (best === undefined) return
  assert.equal(new Set(best.seats).size, quantity)
  const longest = Math.max(...hall.sections.flatMap(({ longestRun }) => [...longestRun]))
  const mostInRow = Math.max(...hall.sections.flatMap(({ freeInRow }) => [...freeInRow]))
  const mostInSection = Math.max(...hall.sections.map(({ free }) => free))
  const expected =
    longest >= quantity
      ? ['none', 'single-seat-left']
      : mostInRow >= quantity
        ? ['split-in-row']
        : mostInSection >= quantity
          ? ['several-rows']
          : ['several-sections']
  assert.ok(expected.includes(best.relaxed), `${best.relaxed} where ${expected.join(' or ')} was possible`)
}

type Handlers = Readonly<
  Record<
    string,
    (data: never, state: never, context: { nowMs: number; commandId: string; key: string }) => Decision<Schemas, Schemas, string>
  >
>

function run(seed: number, steps: number): ReadonlyMap<string, number> {
  const random = createRandom(seed)
  const outcomes = new Map<string, number>()
  // The checker's fold knows the rules on its own: no double booking, all or nothing, limits, deadlines, prices.
  const rules = new HouseFold((problem) => assert.fail(`seed ${seed}: ${problem}`))
  let state = show.initialState() as ShowState
  let nowMs = 0
  let offset = 0
  const happen = (type: string, data: unknown, timeMs: number): void => {
    rules.apply({ offset: offset++, kind: 'event', type, key: 's', timeMs, commandId: String(offset), index: 0, data })
    state = show.evolve[type]!(state as never, data as never) as ShowState
  }
  happen('ShowScheduled', plan, 0)
  for (let step = 0; step < steps; step++) {
    nowMs += random.below(120)
    const [type, data] = randomCommand(random)
    const before = step % 50 === 0 ? structuredClone(state) : undefined
    const decision = (show.decide as Handlers)[type]!(data as never, state as never, { nowMs, commandId: String(step), key: 's' })
    if (before !== undefined) assert.deepEqual(state, before, `decide.${type} changed the state`)
    const outcome = `${type} ${'kind' in decision ? decision.code : 'accepted'}`
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    if (!('kind' in decision)) for (const each of decision) if (each.kind === 'event') happen(each.type, each.data, nowMs)
    assertRecount(state.hall)
    if (step % 10 === 0) assertBest(state.hall, 1 + random.below(9))
    // B2: every seat is exactly one of free, held, sold or blocked, and the fold agrees on which.
    assert.equal(Object.keys(rules.taken).length, state.hall.capacity - state.hall.free)
    for (const [customerId, count] of state.seatsOf) assert.ok(count > 0 && count <= LIMIT, `${customerId} has ${count}`)
  }
  return outcomes
}

test('whatever is commanded, no rule is broken and the counts are right', () => {
  const outcomes = new Map<string, number>()
  for (let seed = 1; seed <= 20; seed++) for (const [name, count] of run(seed, 600)) outcomes.set(name, (outcomes.get(name) ?? 0) + count)
  // A test that never meets a case proves nothing about it.
  for (const name of [
    'HoldSeats accepted',
    'HoldSeats seat-taken',
    'HoldSeats limit-reached',
    'HoldSeats hold-exists',
    'HoldBestAvailable accepted',
    'HoldBestAvailable sold-out',
    'HoldBestAvailable section-unknown',
    'ExtendHold accepted',
    'ExtendHold extension-used',
    'ReleaseHold accepted',
    'ExpireHold accepted',
    'ConfirmBooking accepted',
    'ConfirmBooking hold-expired',
    'ConfirmBooking booking-exists',
    'CancelBooking accepted',
    'BlockSeats accepted',
    'UnblockSeats seat-not-blocked',
  ]) {
    assert.ok(
      (outcomes.get(name) ?? 0) > 0,
      `${name} never happened:\n${[...outcomes].map(([each, count]) => `${count} ${each}`).join('\n')}`,
    )
  }
})

test('the same commands give the same state', () => assert.deepEqual(run(7, 300), run(7, 300)))
