import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, command, event, reactor } from '@millrace/core'
import { z } from 'zod'
import { happened, happenedAt } from './given-projection.ts'
import { givenReactor } from './given-reactor.ts'

const id = z.string()
const parcel = aggregate('parcel', {
  commands: {
    Pack: z.object({ parcelId: id }),
    RecordLabel: z.strictObject({ parcelId: id, label: id }),
    Fail: z.object({ parcelId: id }),
  },
  events: { Packed: z.object({ to: id, weight: z.number().positive() }), Labelled: z.object({ label: id }), Lost: z.object({}) },
  key: ({ parcelId }) => parcelId,
  initialState: () => 0,
  decide: { Pack: () => [], RecordLabel: () => [], Fail: () => [] },
  evolve: { Packed: (n) => n, Labelled: (n) => n, Lost: (n) => n },
})
const account = aggregate('account', {
  commands: { Charge: z.object({ to: id, cents: z.int().positive() }) },
  events: { Charged: z.object({ cents: z.int() }) },
  key: ({ to }) => to,
  initialState: () => 0,
  decide: { Charge: ({ cents }) => [event('Charged', { cents })] },
  evolve: { Charged: (sum, { cents }) => sum + cents },
})

const postage = reactor('postage', {
  from: [parcel],
  to: [account, parcel],
  on: {
    Packed: ({ to, weight }) => (weight < 1 ? [] : [command('Charge', { to, cents: Math.round(weight * 100) })]),
    Lost: () => {
      throw new Error('nobody knows where it is')
    },
  },
})
const packed = (weight: number) => event('Packed', { to: 'ann', weight })

test('given a reactor, when an event happened, then its commands follow', async () => {
  await givenReactor(postage)
    .when(happened(parcel, 'p1', packed(2)))
    .thenCommands(command('Charge', { to: 'ann', cents: 200 }))
  await givenReactor(postage)
    .when(happened(parcel, 'p1', packed(2), packed(0.5), packed(3)))
    .thenCommands(command('Charge', { to: 'ann', cents: 200 }), command('Charge', { to: 'ann', cents: 300 }))
})

test('nothing follows from an event that leads to nothing, or has no handler', async () => {
  await givenReactor(postage)
    .when(happened(parcel, 'p1', packed(0.5), event('Labelled', { label: 'l' })))
    .thenNothing()
})

test('fails with a readable difference', async () => {
  const when = givenReactor(postage).when(happened(parcel, 'p1', packed(2)))
  await assert.rejects(when.thenNothing(), /Charge/)
  await assert.rejects(when.thenCommands(command('Charge', { to: 'ann', cents: 201 })), /201/)
  await assert.rejects(when.thenThrows(), /reactor 'postage' threw nothing, and sent \[\{"type":"Charge"/)
})

test('an event that does not fit its schema, or is of an aggregate that is not followed, is said', async () => {
  await assert.rejects(
    givenReactor(postage)
      .when(happened(parcel, 'p1', packed(-1)))
      .thenNothing(),
    /Packed does not fit its schema:\n {2}weight:/,
  )
  const foreign = givenReactor(postage).when(happened(account, 'ann', event('Charged', { cents: 1 })))
  await assert.rejects(foreign.thenNothing(), { name: 'TypeError', message: /'postage' does not follow aggregate 'account'/ })
  await assert.rejects(givenReactor(postage).when(happened(parcel, 'p1')).thenNothing(), { name: 'TypeError', message: /nothing happened/ })
})

test('a command that does not fit its schema, or may not be sent, is said', async () => {
  await assert.rejects(
    givenReactor(postage)
      .when(happened(parcel, 'p1', event('Packed', { to: 'ann', weight: Number.MAX_VALUE })))
      .thenNothing(),
    /'postage' sent Charge, which does not fit its schema:\n {2}cents:/,
  )
  const astray = reactor('astray', { from: [parcel], to: [account], on: { Lost: () => [command('Fail', { parcelId: 'p' })] as never } })
  await assert.rejects(
    givenReactor(astray)
      .when(happened(parcel, 'p1', event('Lost', {})))
      .thenNothing(),
    /'astray' sent Fail, which is no command of those it may send to \(account\)/,
  )
})

test('a handler that throws is expected to, or is a failure', async () => {
  const when = givenReactor(postage).when(happened(parcel, 'p1', event('Lost', {})))
  await when.thenThrows()
  await when.thenThrows(/nobody knows/)
  await when.thenThrows({ message: 'nobody knows where it is' })
  await assert.rejects(when.thenThrows(/somebody knows/))
  await assert.rejects(when.thenNothing(), { message: 'nobody knows where it is' })
})

test('notices a handler that does not follow from the event alone', async () => {
  let count = 0
  const counting = reactor('counting', {
    from: [parcel],
    to: [account],
    on: { Packed: ({ to }) => [command('Charge', { to, cents: ++count })] },
  })
  await assert.rejects(
    givenReactor(counting)
      .when(happened(parcel, 'p1', packed(2)))
      .thenCommands(command('Charge', { to: 'ann', cents: 1 })),
    /gave two answers to the same Packed/,
  )
})

const labelling = (print: (idempotencyKey: string, signal: AbortSignal, attempt: number) => Promise<string>) =>
  reactor('labelling', {
    from: [parcel],
    to: [parcel],
    effect: { attempts: 3 },
    on: {
      Packed: async (_data, { key: parcelId, idempotencyKey, signal, attempt }) => [
        command('RecordLabel', { parcelId, label: await print(idempotencyKey, signal, attempt) }),
      ],
      Lost: async (_data, { idempotencyKey, signal }) => {
        await print(idempotencyKey, signal, 1)
        return []
      },
    },
    givenUp: {
      Packed: (_data, { key: parcelId, error, attempts, timeMs }) => [
        command('RecordLabel', { parcelId, label: `${(error as Error).message}, ${attempts}, ${timeMs}` }),
      ],
    },
  })

test('a call to the outside gets its key, its attempt and its signal, and is made once', async () => {
  const calls: unknown[] = []
  const stop = new AbortController()
  const asked = labelling((...call) => {
    calls.push(call)
    return Promise.resolve('label-7')
  })
  await givenReactor(asked)
    .when(happened(parcel, 'p1', packed(2)), { attempt: 2, signal: stop.signal, commandId: 'pack-1' })
    .thenCommands(command('RecordLabel', { parcelId: 'p1', label: 'label-7' }))
  assert.deepEqual(calls, [['labelling:pack-1.0', stop.signal, 2]])
  const failing = labelling(() => Promise.reject(new Error('out of paper')))
  await givenReactor(failing)
    .when(happened(parcel, 'p1', packed(2)))
    .thenThrows(/out of paper/)
})

test('given up, an event leads to what is to follow then; where nobody gives it up, it is parked', async () => {
  const error = new Error('out of paper')
  const given = givenReactor(labelling(() => assert.fail('it is not called')))
  const say = (label: string) => command('RecordLabel', { parcelId: 'p1', label })
  await given.whenGivenUp(happened(parcel, 'p1', packed(2)), { error }).thenCommands(say('out of paper, 3, 0'))
  await given.whenGivenUp(happenedAt(5, parcel, 'p1', packed(2)), { error, attempts: 1 }).thenCommands(say('out of paper, 1, 5'))
  await given.whenGivenUp(happened(parcel, 'p1', event('Lost', {})), { error }).thenThrows(/out of paper/)
  await assert.rejects(given.whenGivenUp(happened(parcel, 'p1', event('Labelled', { label: 'l' })), { error }).thenNothing(), {
    name: 'TypeError',
    message: /has no handler for 'Labelled'/,
  })
})

test('does not compile with names that are not there', () => {
  const when = givenReactor(postage).when(happened(parcel, 'p1', packed(2)))
  // @ts-expect-error no such command
  void when.thenCommands(command('Change', { to: 'ann', cents: 200 })).catch(() => {})
  // @ts-expect-error cents are numbers
  void when.thenCommands(command('Charge', { to: 'ann', cents: '200' })).catch(() => {})
  // @ts-expect-error no such event
  happened(parcel, 'p1', event('Unpacked', {}))
})
