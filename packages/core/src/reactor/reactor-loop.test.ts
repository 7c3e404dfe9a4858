import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '@millrace/testing'
import { createMemoryLog, MillraceError, start, type Log, type NewCommand, type NewRecord, type Running } from '../index.ts'
import { recordsOf } from '../shard/fixtures/logs.ts'
import { kept, until } from './fixtures/in-turn.ts'
import { crediting, transfers, type Transfers } from './fixtures/transfers.ts'

const quiet = { onTrouble: (): void => undefined }

/** From whom credits came, in the order in which they were made. */
const creditsIn = async (log: Log): Promise<readonly string[]> =>
  (await recordsOf(log)).filter(({ kind, type }) => kind === 'event' && type === 'Credited').map(creditor)
const creditor = ({ data }: NewRecord): string => (JSON.parse(data) as { readonly from: string }).from

const begin = async (running: Running<Transfers>, from: number, to: number): Promise<void> => {
  for (let n = from; n < to; n++)
    await running.send('Start', { transferId: `t${n}`, to: `a${n % 7}`, amount: 1 }, { commandId: `start-${n}` })
}
const names = (from: number, to: number): readonly string[] => Array.from({ length: to - from }, (_, n) => `t${from + n}`).sort()

test('every event is followed by its commands, once', async () => {
  await using log = createMemoryLog({ partitions: 3 })
  const running = await start(transfers(crediting()), { log: kept(log), ...quiet })
  await begin(running, 0, 50)
  await until(async () => (await creditsIn(log)).length === 50)
  await running.stop()
  assert.deepEqual([...(await creditsIn(log))].sort(), names(0, 50))
})

test('goes on where it was after a restart, and sends nothing again', async () => {
  await using log = createMemoryLog({ partitions: 2 })
  for (const round of [0, 1, 2]) {
    const running = await start(transfers(crediting()), { log: kept(log), ...quiet })
    await begin(running, round * 10, round * 10 + 10)
    await until(async () => (await creditsIn(log)).length === round * 10 + 10)
    await running.stop()
  }
  const records = await recordsOf(log)
  assert.deepEqual(
    records
      .filter(({ type }) => type === 'Credited')
      .map(creditor)
      .sort(),
    names(0, 30),
  )
  assert.equal(records.filter(({ kind }) => kind === 'repeated').length, 0)
})

test('what was sent before it was killed, and is sent again, is not done twice', async () => {
  await using log = createMemoryLog({ partitions: 2 })
  // How far it has come never gets into the log: as if it were killed before, each time.
  const forgetful: Log = {
    ...kept(log),
    own: (work, signal) =>
      log.own(
        (shard) =>
          work({ ...shard, append: (records) => (records[0]!.kind === 'reacted' ? new Promise(() => undefined) : shard.append(records)) }),
        signal,
      ),
  }
  for (const round of [0, 1]) {
    const running = await start(transfers(crediting()), { log: forgetful, rememberedPositions: 1, ...quiet })
    if (round === 0) await begin(running, 0, 20)
    const repeated = async (): Promise<number> => (await recordsOf(log)).filter(({ kind }) => kind === 'repeated').length
    await until(async () => (round === 0 ? (await creditsIn(log)).length === 20 : (await repeated()) === 20))
    void running.stop()
  }
  assert.deepEqual([...(await creditsIn(log))].sort(), names(0, 20))
})

for (const seed of [1, 2, 3, 4]) {
  test(`appends and submits that fail lose no command and double none (seed ${seed})`, async () => {
    let state = seed
    const random = (below: number): number => (state = (state * 1103515245 + 12345) & 0x7fffffff) % below
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
    const inner = createMemoryLog({
      partitions: 2,
      beforeAppend: async () => {
        await turn()
        if (random(6) === 0) throw new MillraceError('LOG_UNAVAILABLE', 'injected')
      },
    })
    await using log = inner
    const failing: Log = {
      ...kept(inner),
      submit: async (partition, command: NewCommand) => {
        await turn()
        const isReaction = command.id.startsWith('~')
        if (isReaction && random(5) === 0) throw new MillraceError('LOG_UNAVAILABLE', 'injected, not stored')
        const offset = await inner.submit(partition, command)
        if (isReaction && random(5) === 0) throw new MillraceError('LOG_OUTCOME_UNKNOWN', 'injected, stored all the same')
        return offset
      },
    }
    const running = await start(transfers(crediting()), { log: failing, rememberedPositions: 8, ...quiet })
    for (let n = 0; n < 60; n++) {
      const send = (): Promise<unknown> =>
        running.send('Start', { transferId: `t${n}`, to: `a${n % 5}`, amount: 1 }, { commandId: `start-${n}`, timeoutMs: 300 })
      for (let isTaken = false; !isTaken;)
        isTaken = await send().then(
          () => true,
          () => false,
        )
    }
    // On a busy machine a start is sent again beyond the window of 8 positions, and then made twice: that is not the reactor's doing.
    const startsIn = async (): Promise<readonly string[]> =>
      (await recordsOf(log)).filter(({ kind, type }) => kind === 'event' && type === 'Started').map(({ key }) => key)
    await until(async () => (await creditsIn(log)).length >= (await startsIn()).length)
    await running.stop()
    const starts = await startsIn()
    assert.deepEqual([...new Set(starts)].sort(), names(0, 60))
    assert.deepEqual([...(await creditsIn(log))].sort(), [...starts].sort())
  })
}

test("one key's events are handled one after the other, others' meanwhile", async () => {
  await using log = createMemoryLog({ partitions: 1 })
  const handled: string[] = []
  let release = (): void => undefined
  const slow = new Promise<void>((resolve) => (release = resolve))
  const running = await start(
    transfers(
      crediting(async ({ amount }, { key }) => {
        if (key === 't1' && amount === 1) await slow
        handled.push(`${key}:${amount}`)
      }),
    ),
    { log: kept(log), ...quiet },
  )
  const tell = (transferId: string, amount: number): Promise<unknown> => running.send('Start', { transferId, to: 'a', amount })
  await tell('t1', 1)
  await tell('t1', 2)
  await tell('t2', 1)
  await until(() => handled.length === 1)
  assert.deepEqual(handled, ['t2:1'])
  release()
  await until(async () => (await creditsIn(log)).length === 3)
  assert.deepEqual(handled, ['t2:1', 't1:1', 't1:2'])
  await running.stop()
})

test('an event that cannot be handled parks its key, in the log, and nothing else', async () => {
  await using log = createMemoryLog({ partitions: 1 })
  const told: string[] = []
  const onTrouble = (error: Error): void => void told.push(error instanceof MillraceError ? error.code : error.message)
  let isBroken = true
  const reactor = crediting(({ amount }, { key }) => {
    if (isBroken && key === 't1' && amount === 2) throw new Error('no rate for it')
  })
  const running = await start(transfers(reactor), { log: kept(log), onTrouble })
  const tell = (transferId: string, amount: number): Promise<unknown> => running.send('Start', { transferId, to: 'a', amount })
  for (const amount of [1, 2, 3]) for (const transferId of ['t1', 't2']) await tell(transferId, amount)
  await until(async () => (await creditsIn(log)).length === 4)
  const [status] = running.status().reactors
  assert.deepEqual(
    status?.parked.map(({ key, type, tries, reason }) => ({ key, type, tries, reason })),
    [{ key: 't1', type: 'Started', tries: 1, reason: 'Error: no rate for it' }],
  )
  assert.deepEqual(told, ['REACTION_PARKED'])
  await running.stop()

  // Mended, and started again: it stays parked until somebody says so.
  isBroken = false
  const again = await start(transfers(reactor), { log: kept(log), ...quiet })
  await again.send('Start', { transferId: 't1', to: 'a', amount: 4 })
  await again.send('Start', { transferId: 't2', to: 'a', amount: 4 })
  await until(async () => (await creditsIn(log)).length === 5)
  assert.equal(again.status().reactors[0]?.parked.length, 1)
  assert.deepEqual(await creditsIn(log), ['t1', 't2', 't2', 't2', 't2'])
  const operator = { by: 'ann', why: 'the rate is there' }
  await assert.rejects(again.retryParked({ reader: 'prices' }, operator), { code: 'PARKED_UNKNOWN', message: /known: crediting/ })
  const [parked] = again.parked().events
  await assert.rejects(again.retryParked({ reader: 'crediting', key: 't2' }, operator), {
    code: 'PARKED_UNKNOWN',
    message: /key 't2' parked/,
  })
  const other = { reader: 'crediting', key: 't1', offset: parked!.offset + 1 }
  await assert.rejects(again.skipParked(other, operator), { code: 'PARKED_UNKNOWN', message: /it waits at \d+/ })
  assert.deepEqual([parked?.reader, parked?.kind, parked?.key, parked?.attempts], ['crediting', 'reactor', 't1', 1])
  await again.retryParked({ reader: 'crediting' }, operator)
  await until(async () => (await creditsIn(log)).length === 8)
  assert.deepEqual((await creditsIn(log)).slice(5), ['t1', 't1', 't1'])
  await until(() => again.parked().events.length === 0)
  await again.stop()
})

test('a parked event that is skipped is passed over, once however often that is said, and what follows it is handled', async () => {
  await using log = createMemoryLog({ partitions: 1 })
  const reactor = crediting(({ amount }) => {
    if (amount === 2 || amount === 4) throw new Error('no rate for it')
  })
  const running = await start(transfers(reactor), { log: kept(log), ...quiet })
  for (const amount of [1, 2, 3, 4, 5]) await running.send('Start', { transferId: 't1', to: 'a', amount })
  await until(() => running.parked().events.length === 1)
  const { offset, key } = running.parked().events[0]!
  const skip = (): Promise<unknown> => running.skipParked({ reader: 'crediting', key, offset }, { by: 'ann', why: 'it never will be' })
  await Promise.all([skip(), skip()])
  await until(async () => (await creditsIn(log)).length === 2 && running.parked().events[0]?.offset !== offset)
  const last = running.parked().events[0]!
  await running.skipParked({ reader: 'crediting', key, offset: last.offset }, { by: 'ann', why: 'nor will that' })
  await until(async () => (await creditsIn(log)).length === 3)
  await until(() => running.parked().events.length === 0)
  await running.stop()
})

test('since now: what was there before it is not followed', async () => {
  await using log = createMemoryLog({ partitions: 1 })
  const before = await start(transfers(), { log: kept(log), ...quiet })
  await begin(before, 0, 5)
  await before.stop()
  for (const round of [0, 1]) {
    const running = await start(transfers(crediting(undefined, { since: 'now' })), { log: kept(log), ...quiet })
    await begin(running, 5 + round, 6 + round)
    await until(async () => (await creditsIn(log)).length === 1 + round)
    await running.stop()
  }
  assert.deepEqual(await creditsIn(log), ['t5', 't6'])
})

test('an effect is tried again after longer and longer waits, then given up; others go on meanwhile', async () => {
  await using log = createMemoryLog({ partitions: 1 })
  const clock = createVirtualClock({ startMs: 1_000_000 })
  const attempts: number[] = []
  const keys = new Set<string>()
  const effect = { attempts: 4, firstDelayMs: 100, maxDelayMs: 300, timeoutMs: 50 }
  const reactor = crediting(
    async (_data, { key, idempotencyKey, signal }) => {
      if (key === 't2') return
      attempts.push(clock.nowMs())
      keys.add(idempotencyKey)
      // The second attempt hangs, and heeds its signal no more than it must.
      if (attempts.length === 2) await new Promise(() => signal.addEventListener('abort', () => undefined))
      throw new Error('the bank is closed')
    },
    { effect },
  )
  const running = await start(transfers(reactor), { log: kept(log), clock, ...quiet })
  const settle = (): Promise<void> => clock.advance(0)
  for (const transferId of ['t1', 't2']) {
    const sent = running.send('Start', { transferId, to: 'a', amount: 1 })
    await settle()
    await sent
  }
  for (let ms = 0; ms < 1_500; ms += 10) await clock.advance(10)
  assert.equal(attempts.length, 4)
  const waits = attempts.slice(1).map((at, n) => at - attempts[n]!)
  const [first = 0, second = 0, third = 0] = waits
  assert.ok(first >= 50 && first <= 110, `${first}`)
  assert.ok(second >= 50 + 100 && second <= 50 + 210, `${second}`)
  assert.ok(third >= 150 && third <= 310, `${third}`)
  assert.equal(keys.size, 1)
  assert.deepEqual(await creditsIn(log), ['t2'])
  assert.deepEqual(
    running.status().reactors[0]?.parked.map(({ key }) => key),
    ['t1'],
  )
  const stopping = running.stop()
  await clock.advance(1_000)
  await stopping
})
