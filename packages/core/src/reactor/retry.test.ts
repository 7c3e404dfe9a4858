import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryLog, start, type Log, type NewRecord } from '../index.ts'
import { recordsOf } from '../shard/fixtures/logs.ts'
import { kept, until } from './fixtures/in-turn.ts'
import { crediting, transfers } from './fixtures/transfers.ts'
import type { ReactedData } from './progress.ts'

const quiet = { onTrouble: (): void => undefined }
const operator = { by: 'ann', why: 'mended' }

/** `kept`, for an app that dies before it has noted anything that `isLost` says of. */
const dying = (log: Log, isLost: (reacted: ReactedData) => boolean): Log => ({
  ...kept(log),
  own: (work, signal) =>
    log.own((shard) => {
      const append = (records: readonly NewRecord[]): Promise<number> =>
        records[0]!.kind === 'reacted' && isLost(JSON.parse(records[0]!.data) as ReactedData)
          ? new Promise(() => undefined)
          : shard.append(records)
      return work({ ...shard, append })
    }, signal),
})

const creditsIn = async (log: Log): Promise<readonly string[]> =>
  (await recordsOf(log))
    .filter(({ type }) => type === 'Credited')
    .map(({ data }) => {
      const { from, amount } = JSON.parse(data) as { readonly from: string; readonly amount: number }
      return `${from}:${amount}`
    })

const keys = ['t1', 't2', 't3', 't4', 't5', 't6']

test('what was sent before its owner died, and then could not be handled, is not done twice by a retry', async () => {
  await using log = createMemoryLog({ partitions: 2 })
  const first = await start(transfers(crediting()), { log: dying(log, () => true), ...quiet })
  for (const amount of [1, 2]) for (const transferId of keys) await first.send('Start', { transferId, to: transferId, amount })
  await until(async () => (await creditsIn(log)).length === 12)
  void first.stop()

  let isMended = false
  const reactor = crediting((_data, { key }) => {
    if (!isMended && key !== 't6') throw new Error('no rate for it')
  })
  const second = await start(transfers(reactor), { log: kept(log), ...quiet })
  await until(() => second.parked().events.length === 5)
  // Whatever follows vouches for what was before it, but not for what is parked.
  for (const amount of [3, 4]) for (const transferId of keys) await second.send('Start', { transferId, to: transferId, amount })
  await until(async () => (await creditsIn(log)).length === 14)
  isMended = true
  await second.retryParked({ reader: 'crediting' }, operator)
  await until(async () => second.parked().events.length === 0 && (await creditsIn(log)).length >= 24)
  for (const transferId of keys) await second.send('Start', { transferId, to: transferId, amount: 5 })
  await until(async () => (await creditsIn(log)).length >= 30)
  await second.stop()
  assert.deepEqual(
    [...(await creditsIn(log))].sort(),
    keys.flatMap((key) => [1, 2, 3, 4, 5].map((amount) => `${key}:${amount}`)),
  )
})

test('an owner that dies in the middle of a retry, and one after it that cannot handle the event again', async () => {
  await using log = createMemoryLog({ partitions: 1 })
  let fails: 'always' | 'never' | 'third' = 'always'
  const reactor = crediting(({ amount }) => {
    if (fails === 'always' || (fails === 'third' && amount === 3)) throw new Error('no rate for it')
  })
  const tell = async (running: Awaited<ReturnType<typeof begin>>, amounts: readonly number[]): Promise<void> => {
    for (const amount of amounts) await running.send('Start', { transferId: 't1', to: 'a', amount })
  }
  const begin = (on: Log) => start(transfers(reactor), { log: on, ...quiet })
  const first = await begin(kept(log))
  await tell(first, [1, 2, 3, 4])
  await until(() => first.parked().events.length === 1)
  await first.stop()

  // It does all four, and dies before it could say that it has done the third.
  fails = 'never'
  const offsets: number[] = []
  const dies = dying(log, ({ parked, freed }) => freed !== undefined || (parked !== undefined && offsets.push(parked[0]!.offset) >= 3))
  const second = await begin(dies)
  await until(() => second.parked().events.length === 1)
  await second.retryParked({ reader: 'crediting' }, operator)
  await until(async () => (await creditsIn(log)).length === 3)
  await until(() => offsets.length === 3)
  void second.stop()

  fails = 'third'
  const third = await begin(kept(log))
  await until(() => third.parked().events[0]?.attempts === 1)
  assert.equal(third.parked().events[0]?.offset, offsets[1])
  await tell(third, [5])
  fails = 'never'
  await third.retryParked({ reader: 'crediting' }, operator)
  await until(() => third.parked().events.length === 0)
  await tell(third, [6])
  await until(async () => (await creditsIn(log)).includes('t1:6'))
  await third.stop()
  assert.deepEqual(
    await creditsIn(log),
    [1, 2, 3, 4, 5, 6].map((amount) => `t1:${amount}`),
  )
})
