import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { aggregate, app, event, systemClock, type Schema, type StoredCommand } from '../index.ts'
import { partitionOf } from '../internal/hash.ts'
import type { Decidable } from './decide.ts'
import { checkForeign, checkGroup, type Unfit } from './foreign-command.ts'
import { createRegistry } from './registry.ts'

const SECRET = 'alice@example.com'
/** As Valibot does, it quotes what it was given. */
const quoting: Schema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: () => ({
      issues: [{ message: `Invalid: received "${SECRET}"`, path: [{ key: 'who' }], type: 'email' } as { message: string }],
    }),
  },
}
const account = aggregate('account', {
  commands: {
    Open: z.object({ account: z.string(), owner: z.email(), limit: z.coerce.number().default(7) }),
    Close: z.object({ account: z.string() }),
    Quote: quoting as Schema<{ account: string }>,
    Throw: z.object({ account: z.string() }).transform((): { account: string } => {
      throw new RangeError(SECRET)
    }),
    Later: z.object({ account: z.string().refine(async (text) => Promise.resolve(!text.startsWith('no'))) }),
    Never: z.object({ account: z.string() }).refine(() => new Promise<boolean>(() => undefined)),
  },
  events: { Opened: z.object({}) },
  internal: ['Close'],
  key: (command) => command.account,
  initialState: () => 0,
  decide: {
    Open: () => [event('Opened', {})],
    Close: () => [],
    Quote: () => [],
    Throw: () => [],
    Later: () => [],
    Never: () => [],
  },
  evolve: { Opened: (state) => state },
})
const registry = createRegistry(app('bank', { aggregates: [account] }))
const partitions = 3
const partition = partitionOf('a1', partitions)
const context = { registry, clock: systemClock, partition, partitions }
const good: StoredCommand = {
  offset: 5,
  id: 'c1',
  type: 'Open',
  key: 'a1',
  timeMs: 1_700_000_000_000,
  data: JSON.stringify({ account: 'a1', owner: SECRET, extra: SECRET }),
  isForeign: true,
}
const other = ['a2', 'a3', 'a4', 'a5'].find((key) => partitionOf(key, partitions) !== partition)!

const bad: readonly (readonly [string, Partial<StoredCommand>, RegExp])[] = [
  ['no id', { id: '' }, /^command '': its id has 0 characters; expected 1 to 200$/],
  ['too long an id', { id: 'x'.repeat(201) }, /^command 'x{200}': its id has 201 characters/],
  ['no key', { key: '' }, /its record key has 0 characters; expected 1 to 512$/],
  ['too long a key', { key: 'k'.repeat(513) }, /its record key has 513 characters/],
  ['an unknown type', { type: 'Rob' }, /^command 'c1': there is no command 'Rob' in this app$/],
  ['a type that every object has', { type: 'constructor' }, /there is no command 'constructor'/],
  ['an internal type', { type: 'Close' }, /only timers and reactors send Close$/],
  ['another partition’s key', { key: other }, new RegExp(`belongs to partition \\d, not ${partition}: hash it with murmur2`)],
  ['no JSON', { data: `{"owner":"${SECRET}"` }, /its data is no JSON$/],
  ['no data', { data: '' }, /its data is no JSON$/],
  ['data of another shape', { data: '"text"' }, /does not fit the schema of Open: \(whole\): invalid_type$/],
  [
    'wrong fields',
    { data: '{"owner":"nobody","limit":"much"}' },
    /Open: account: invalid_type; owner: invalid_format; limit: invalid_type$/,
  ],
  [
    'another key in its data',
    { data: JSON.stringify({ account: SECRET, owner: SECRET }) },
    /its record key is not the account that its data names$/,
  ],
  ['a validator that quotes', { type: 'Quote' }, /does not fit the schema of Quote: who: email$/],
  ['a validator that throws', { type: 'Throw' }, /its check threw RangeError$/],
]

for (const [what, change, reason] of bad) {
  test(`${what}: it is not decided, and the reason says nothing of its data`, async () => {
    const checked = (await checkForeign({ ...good, ...change }, context)) as Unfit
    assert.match(checked.reason, reason)
    assert.ok(!checked.reason.includes(SECRET), checked.reason)
  })
}

test('what fits is decided with what its schema made of it, and its text is of that', () => {
  const checked = checkForeign(good, context) as Decidable
  const value = { account: 'a1', owner: SECRET, limit: 7 }
  assert.deepEqual(checked.value, value)
  assert.equal(checked.data, JSON.stringify(value))
  assert.deepEqual([checked.id, checked.type, checked.key, checked.offset, checked.timeMs], ['c1', 'Open', 'a1', 5, good.timeMs])
})

test('a clock that is ahead sets nothing ahead, and a trace that is none is left out', () => {
  for (const timeMs of [Date.now() + 1e9, Infinity, NaN]) {
    const checked = checkForeign({ ...good, timeMs, traceparent: 't'.repeat(129) }, context) as Decidable
    assert.ok(checked.timeMs <= systemClock.nowMs(), String(checked.timeMs))
    assert.equal(checked.traceparent, undefined)
  }
})

test('a group keeps its order where schemas take their time, and waits for none of them when the shard is given up', async () => {
  const over = new AbortController()
  const whole = { ...context, signal: over.signal }
  const own = { ...good, isForeign: false }
  const group = [
    own,
    { ...good, type: 'Later' },
    { offset: 7, timeMs: 1, unreadable: 'no key' },
    { ...good, type: 'Later', key: 'no', data: '{"account":"no"}' },
  ]
  const checked = await checkGroup(group, { ...whole, partition: partitionOf('no', 1), partitions: 1 })
  assert.equal(checked[0], own)
  assert.deepEqual(
    checked.map((each) => ('reason' in each ? each.reason : each.type)),
    ['Open', 'Later', 'no key', "command 'c1': its data does not fit the schema of Later: account: custom"],
  )
  assert.equal(checkGroup([own], whole)[0 as never], own)
  const waiting = checkGroup([{ ...good, type: 'Never' }], whole)
  over.abort()
  assert.match(((await waiting)[0] as Unfit).reason, /the shard was given up/)
})

test('who claims to have been checked, and breaks a limit, is looked at again', async () => {
  const signal = new AbortController().signal
  for (const change of [{ id: 'x'.repeat(201) }, { key: 'k'.repeat(513) }, { type: 'T'.repeat(201) }]) {
    const [checked] = await checkGroup([{ ...good, isForeign: false, ...change }], { ...context, signal })
    assert.ok(checked !== undefined && 'reason' in checked)
  }
})
