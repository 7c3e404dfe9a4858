/** The checker must be able to say no: each rule is broken once, and found. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Checker, digestOf, type Acknowledged, type SeenMap } from './checker.ts'
import { toLines, type LogLine } from './log-line.ts'

const scheduled = {
  showId: 's',
  sections: [{ id: 'A', name: 'A', priceCents: 500, rows: 2, seatsPerRow: 5 }],
  maxSeatsPerCustomer: 3,
}
type Step = Partial<LogLine> & { readonly type: string; readonly data: object }
const held = (holdId: string, customerId: string, ...seats: string[]): Step => ({
  type: 'SeatsHeld',
  data: { holdId, customerId, seats, untilMs: 100 },
})
const confirmed = (bookingId: string, holdId: string, customerId: string, ...seats: string[]): Step => ({
  type: 'BookingConfirmed',
  data: { bookingId, holdId, customerId, seats, totalCents: seats.length * 500 },
})
const released = (holdId: string, customerId: string, ...seats: string[]): Step => ({
  type: 'HoldReleased',
  data: { holdId, customerId, seats, reason: 'released' },
})
const cancelled = (bookingId: string, customerId: string, ...seats: string[]): Step => ({
  type: 'BookingCancelled',
  data: { bookingId, customerId, seats, totalCents: seats.length * 500 },
})

/** A log in which each step is the answer to a command `c<offset>`, unless the step says otherwise. */
function check(
  steps: readonly Step[],
  { acknowledged = [], maps = [] }: { acknowledged?: readonly [string, Acknowledged][]; maps?: readonly SeenMap[] } = {},
) {
  const checker = new Checker(new Map(acknowledged), maps)
  const all: readonly Step[] = [{ type: 'ShowScheduled', data: scheduled }, ...steps]
  all.forEach((step, offset) =>
    checker.read(0, { offset, kind: 'event', key: 's', timeMs: offset, commandId: `c${offset}`, index: 0, ...step }),
  )
  return checker.finish()
}
const map = (next: number, taken: Readonly<Record<string, string>>): SeenMap => ({ showId: 's', position: new Map([[0, next]]), taken })

const sound: readonly Step[] = [
  held('h1', 'eve', 'A-1-1', 'A-1-2'),
  confirmed('b1', 'h1', 'eve', 'A-1-1', 'A-1-2'),
  held('h2', 'adam', 'A-1-3'),
  { kind: 'rejected', type: 'HoldSeats', data: { code: 'seat-taken', details: {} } },
  { kind: 'repeated', type: 'HoldSeats', commandId: 'c1', data: { offset: 1 } },
  cancelled('b1', 'eve', 'A-1-1', 'A-1-2'),
  held('h3', 'adam', 'A-1-1'),
]
const told: readonly [string, Acknowledged][] = [
  ['c1', { outcome: 'accepted', digest: digestOf({ events: [{ type: 'SeatsHeld', data: sound[0]!.data }] }) }],
  ['c4', { outcome: 'rejected', digest: digestOf({ code: 'seat-taken' }) }],
]

test('of several maps of one show, each is compared at its own position', () => {
  const sold = { 'A-1-1': 'sold', 'A-1-2': 'sold' }
  const held = { 'A-1-1': 'held', 'A-1-2': 'held' }
  assert.deepEqual(check(sound, { maps: [map(2, held), map(3, sold), map(4, { ...sold, 'A-1-3': 'held' })] }).problems, [])
  const { problems, mapsCompared } = check(sound, { maps: [map(2, held), map(3, held), map(4, { ...sold, 'A-1-3': 'held' })] })
  assert.deepEqual([problems.length, mapsCompared], [1, 3])
})

test('a sound log holds', () => {
  const verdict = check(sound, { acknowledged: told, maps: [map(4, { 'A-1-1': 'sold', 'A-1-2': 'sold', 'A-1-3': 'held' })] })
  assert.deepEqual(verdict.problems, [])
  assert.deepEqual(
    { ...verdict, problems: 0 },
    { problems: 0, problemCount: 0, records: 8, events: 6, shows: 1, sold: 0, confirmed: 2, mapsCompared: 1, money: undefined },
  )
})

for (const [name, steps, problem] of [
  [
    'a seat held twice',
    [held('h1', 'eve', 'A-1-1'), held('h2', 'adam', 'A-1-1')],
    /double booking: seat A-1-1 went to hold h2 while it was held by hold h1/,
  ],
  [
    'a seat held that is sold',
    [...sound.slice(0, 2), held('h2', 'adam', 'A-1-1')],
    /double booking: seat A-1-1 went to hold h2 while it was sold by booking b1/,
  ],
  ['a seat blocked that is held', [held('h1', 'eve', 'A-1-1'), { type: 'SeatsBlocked', data: { seats: ['A-1-1'] } }], /double booking/],
  ['a seat twice in one hold', [held('h1', 'eve', 'A-1-1', 'A-1-1')], /double booking/],
  ['a seat that is not there', [held('h1', 'eve', 'A-3-1')], /there is no seat A-3-1/],
  ['a booking without a hold', [confirmed('b1', 'h1', 'eve', 'A-1-1')], /without hold h1/],
  [
    'a booking of other seats than held',
    [held('h1', 'eve', 'A-1-1'), confirmed('b1', 'h1', 'eve', 'A-1-2')],
    /without hold h1 of the same seats/,
  ],
  ['half a hold booked', [held('h1', 'eve', 'A-1-1', 'A-1-2'), confirmed('b1', 'h1', 'eve', 'A-1-1')], /without hold h1 of the same seats/],
  ["a booking on somebody else's hold", [held('h1', 'eve', 'A-1-1'), confirmed('b1', 'h1', 'adam', 'A-1-1')], /without hold h1/],
  [
    'a booking after the time of its hold',
    [held('h1', 'eve', 'A-1-1'), { ...confirmed('b1', 'h1', 'eve', 'A-1-1'), timeMs: 100 }],
    /after its hold was over/,
  ],
  ['a booking id used twice', [...sound.slice(0, 3), confirmed('b1', 'h2', 'adam', 'A-1-3')], /booking b1 was confirmed twice/],
  [
    'a wrong price',
    [
      held('h1', 'eve', 'A-1-1'),
      { type: 'BookingConfirmed', data: { bookingId: 'b1', holdId: 'h1', customerId: 'eve', seats: ['A-1-1'], totalCents: 1 } },
    ],
    /costs 1 cents, its seats 500/,
  ],
  [
    'a hold released twice',
    [held('h1', 'eve', 'A-1-1'), released('h1', 'eve', 'A-1-1'), released('h1', 'eve', 'A-1-1')],
    /hold h1 was released but is not there/,
  ],
  [
    'a hold released after it was booked',
    [...sound.slice(0, 2), released('h1', 'eve', 'A-1-1', 'A-1-2')],
    /was freed as held by hold h1, but was sold/,
  ],
  [
    'a booking cancelled twice',
    [...sound.slice(0, 2), cancelled('b1', 'eve', 'A-1-1', 'A-1-2'), cancelled('b1', 'eve', 'A-1-1', 'A-1-2')],
    /booking b1 was cancelled but is not there/,
  ],
  [
    'more seats than the limit',
    [held('h1', 'eve', 'A-1-1', 'A-1-2'), held('h2', 'eve', 'A-1-3', 'A-1-4')],
    /customer eve has 4 seats, 3 are allowed/,
  ],
  ['a seat unblocked that is not blocked', [{ type: 'SeatsUnblocked', data: { seats: ['A-1-1'] } }], /was freed as blocked/],
  ['a show scheduled twice', [{ type: 'ShowScheduled', data: scheduled }], /scheduled twice/],
  [
    'a command decided twice',
    [held('h1', 'eve', 'A-1-1'), { ...held('h2', 'eve', 'A-1-2'), commandId: 'c1' }],
    /command c1 was decided twice/,
  ],
  [
    'a refused command that did something',
    [
      { kind: 'rejected', type: 'HoldSeats', data: { code: 'x' } },
      { ...held('h1', 'eve', 'A-1-1'), commandId: 'c1', index: 1 },
    ],
    /refused, but left something else/,
  ],
  ['half an answer', [{ ...held('h1', 'eve', 'A-1-1'), index: 1 }], /does not begin with its first record/],
  ['an event nobody knows', [{ type: 'SeatPainted', data: {} }], /nobody knows: SeatPainted/],
] as const satisfies readonly (readonly [string, readonly Step[], RegExp])[]) {
  test(`finds ${name}`, () => {
    const { problems, problemCount } = check(steps)
    assert.ok(problemCount > 0)
    assert.match(problems.join('\n'), problem)
  })
}

for (const [name, acknowledged, problem] of [
  [
    'an acknowledged command that is lost',
    ['c99', { outcome: 'accepted', digest: '' }],
    /command c99 was acknowledged, but the log has no answer/,
  ],
  [
    'a command acknowledged as accepted that is refused',
    ['c4', { outcome: 'accepted', digest: '' }],
    /acknowledged as accepted, but is rejected/,
  ],
  ['another answer than was given', ['c1', { outcome: 'accepted', digest: digestOf({ events: [] }) }], /with another answer/],
  ['another refusal than was given', ['c4', { outcome: 'rejected', digest: digestOf({ code: 'sold-out' }) }], /with another answer/],
] as const) {
  test(`finds ${name}`, () =>
    assert.match(check(sound, { acknowledged: [[acknowledged[0], acknowledged[1]]] }).problems.join('\n'), problem))
}

for (const [name, seen] of [
  ['shows a seat free that is sold', map(3, { 'A-1-1': 'sold' })],
  ['shows a seat taken that is free', map(2, { 'A-1-1': 'held', 'A-1-2': 'held', 'A-2-1': 'sold' })],
  ['shows another status', map(2, { 'A-1-1': 'held', 'A-1-2': 'sold' })],
  ['is ahead of its position', map(2, { 'A-1-1': 'sold', 'A-1-2': 'sold' })],
] as const) {
  test(`finds a seat map that ${name}`, () =>
    assert.match(check(sound, { maps: [seen] }).problems.join('\n'), /the seat map of s differs from the log/))
}
test('compares a seat map with the log as of its position, be it the end', () => {
  assert.equal(check(sound, { maps: [map(8, { 'A-1-3': 'held', 'A-1-1': 'held' })] }).problemCount, 0)
})

test('reads records that come in pieces', async () => {
  async function* pieces(...all: string[]): AsyncGenerator<string> {
    yield* all
  }
  const read = async (...all: string[]): Promise<readonly number[]> => {
    const offsets: number[] = []
    for await (const { offset } of toLines(pieces(...all))) offsets.push(offset)
    return offsets
  }
  assert.deepEqual(await read('{"offset":0}\n{"off', 'set":1}', '\n'), [0, 1])
  await assert.rejects(read('{"offset":0}\n{"off'), /in the middle of a record/)
})
