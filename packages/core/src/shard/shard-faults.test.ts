import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { aggregate, app, createMemoryLog, event, MillraceError, reject, start, type Batch, type Log } from '../index.ts'

const seat = aggregate('seat', {
  commands: { Take: z.object({ seat: z.string(), by: z.string() }), Free: z.object({ seat: z.string() }) },
  events: { Taken: z.object({ by: z.string() }), Freed: z.object({}) },
  rejections: { taken: 'Somebody else has it.', free: 'Nobody has it.' },
  key: ({ seat }) => seat,
  initialState: () => ({ by: '' }),
  decide: {
    Take: ({ by }, state) => (state.by === '' ? [event('Taken', { by })] : reject('taken', { by: state.by })),
    Free: (_command, state) => (state.by === '' ? reject('free') : [event('Freed', {})]),
  },
  evolve: {
    Taken: (state, { by }) => {
      state.by = by
      return state
    },
    Freed: (state) => {
      state.by = ''
      return state
    },
  },
})
const seats = app('seats', { aggregates: [seat] })

async function recordsOf(log: Log): Promise<readonly Batch[]> {
  const batches: Batch[] = []
  for (const [partition, end] of (await log.ends()).entries()) {
    if (end === 0) continue
    for await (const batch of log.read(partition, 0, AbortSignal.timeout(5_000))) {
      batches.push(batch)
      if (batch.next >= end) break
    }
  }
  return batches
}

for (const seed of [1, 2, 3, 4, 5]) {
  test(`appends that fail lose no command and double none (seed ${seed})`, async () => {
    let state = seed
    const random = (below: number): number => (state = (state * 1103515245 + 12345) & 0x7fffffff) % below
    let failures = 0
    const log = createMemoryLog({
      partitions: 2,
      beforeAppend: async () => {
        await new Promise((resolve) => setImmediate(resolve))
        if (random(5) > 0) return
        failures++
        throw new MillraceError('LOG_UNAVAILABLE', 'injected')
      },
    })
    const running = await start(seats, { log, onTrouble: () => {} })
    const acknowledged = new Map<string, string>()
    const user = async (by: string): Promise<void> => {
      for (let round = 0; round < 30; round++) {
        const commandId = `${by}-${round}`
        const seat = `s${random(4)}`
        const receipt = await (random(2) === 0
          ? running.send('Take', { seat, by }, { commandId })
          : running.send('Free', { seat }, { commandId }))
        acknowledged.set(commandId, receipt.outcome)
      }
    }
    await Promise.all(Array.from({ length: 10 }, (_, at) => user(`u${at}`)))
    assert.ok(failures > 5, `only ${failures} appends failed`)

    // The checker: every command answered once, as it was acknowledged, and each answer follows from what came before.
    const answers = new Map<string, string>()
    const taken = new Map<string, string>()
    for (const { records } of await recordsOf(log)) {
      for (const { kind, commandId, type, key, data } of records) {
        if (kind === 'owned') continue
        assert.ok(!answers.has(commandId), `${commandId} was answered twice`)
        answers.set(commandId, kind === 'event' ? 'accepted' : kind)
        if (kind === 'event' && type === 'Taken') {
          assert.ok(!taken.has(key), `${key} was taken twice`)
          taken.set(key, (JSON.parse(data) as { by: string }).by)
        } else if (kind === 'event') assert.ok(taken.delete(key), `${key} was freed twice`)
        else if (type === 'Take') assert.ok(taken.has(key), `${key} was free`)
        else assert.ok(!taken.has(key), `${key} was taken`)
      }
    }
    assert.deepEqual(answers, acknowledged)
    await running.stop()
  })
}

test('another process that takes over goes on where the first one was, and the first one writes nothing more', async () => {
  const log = createMemoryLog({ partitions: 2 })
  const first = await start(seats, { log, onTrouble: () => {} })
  assert.equal((await first.send('Take', { seat: 'a', by: 'one' })).outcome, 'accepted')
  const second = await start(seats, { log, onTrouble: () => {} })
  const receipt = await second.send('Take', { seat: 'a', by: 'two' })
  assert.ok(receipt.outcome === 'rejected')
  assert.deepEqual(receipt.details, { by: 'one' })
  // A client of the first one is answered all the same: by the second one, through the log.
  assert.equal((await first.send('Free', { seat: 'a' })).outcome, 'accepted')
  const batches = await recordsOf(log)
  const markers = batches.flatMap(({ records }) => records.filter(({ kind }) => kind === 'owned'))
  assert.equal(markers.length, 4)
  await second.stop()
})
