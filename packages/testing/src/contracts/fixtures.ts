import assert from 'node:assert/strict'
import type { Log, MillraceError, NewCommand, NewRecord, OwnedShard, StoredCommand } from '@millrace/core'

/** How long a case waits for something that should be there at once. */
const PATIENCE_MS = 60_000

/**
 * When this began, in epoch milliseconds: what a case writes bears a time of now. A log may delete commands by their time,
 * and Kafka forgets a producer by that of its newest record, whenever it came.
 */
export const BEGUN_MS: number = Date.now()

export const newCommand = (id: string, data: Partial<NewCommand> = {}): NewCommand => ({
  id,
  type: 'Count',
  key: `key of ${id}`,
  timeMs: BEGUN_MS,
  data: '{}',
  ...data,
})

export const newRecord = (commandId: string, data: Partial<NewRecord> = {}): NewRecord => ({
  kind: 'event',
  type: 'Counted',
  key: `key of ${commandId}`,
  timeMs: BEGUN_MS,
  data: '{}',
  commandId,
  index: 0,
  commandOffset: 0,
  fingerprint: 7,
  ...data,
})

export interface PlacedRecord {
  readonly offset: number
  readonly record: NewRecord
}

/** Reads `events[partition]` from `from` up to (not including) offset `to`, waiting for what is not there yet. */
export async function readRecords(log: Log, partition: number, from: number, to: number): Promise<readonly PlacedRecord[]> {
  const placed: PlacedRecord[] = []
  if (from >= to) return placed
  const enough = new AbortController()
  const signal = AbortSignal.any([enough.signal, AbortSignal.timeout(PATIENCE_MS)])
  for await (const batch of log.read(partition, from, signal)) {
    assert.equal(batch.partition, partition, 'a batch says its partition')
    assert.equal(batch.next - batch.first, batch.records.length, 'a batch holds one record for each of its offsets')
    for (const [at, record] of batch.records.entries()) {
      const offset = batch.first + at
      if (offset >= from && offset < to) placed.push({ offset, record })
    }
    if (batch.next >= to) break
  }
  enough.abort()
  assert.equal(placed.length, to - from, `events[${partition}] from ${from} to ${to}: records read within ${PATIENCE_MS} ms`)
  for (const [at, { offset }] of placed.entries()) assert.equal(offset, from + at, 'offsets rise by one')
  return placed
}

/** Takes at least `count` commands from offset `from` on. */
export async function takeCommands(shard: OwnedShard, from: number, count: number, maxRecords = 1_000): Promise<readonly StoredCommand[]> {
  const taken: StoredCommand[] = []
  const giveUp = timeout(`only part of ${count} commands came`)
  const take = async (): Promise<void> => {
    for await (const some of shard.commands(from, maxRecords)) {
      assert.ok(some.length > 0, 'never gives an empty array')
      assert.ok(some.length <= maxRecords, `gives at most ${maxRecords} at once, gave ${some.length}`)
      for (const command of some) {
        if ('unreadable' in command) assert.fail(`the command at ${command.offset} came back unreadable: ${command.unreadable}`)
        assert.notEqual(command.isForeign, true, 'what was submitted here is nobody else’s')
        taken.push(command)
      }
      if (taken.length >= count) return
    }
  }
  await giveUp.orElse(take())
  return taken
}

export interface Owner extends AsyncDisposable {
  /** The shard of that partition; waits until it is given. */
  shard(partition: number): Promise<OwnedShard>
  /** Gives all up, and resolves when `own` has. */
  release(): Promise<void>
}

/** Owns every shard of `log` until released or fenced. Once fenced it does not come back, so that owners don't take turns. */
export function createOwner(log: Log): Owner {
  const over = new AbortController()
  const shards = Array.from({ length: log.partitions }, () => Promise.withResolvers<OwnedShard>())
  const owning = log.own(async (shard) => {
    shards[shard.partition]?.resolve(shard)
    await aborted(shard.signal)
    over.abort()
  }, over.signal)
  owning.catch(() => {}) // the case that needs it sees it in `release` or `shard`
  const failed = owning.then(() => Promise.reject(new Error('own() ended before the shard was given')))
  failed.catch(() => {})
  const release = async (): Promise<void> => {
    over.abort()
    await timeout('own() did not end after its signal').orElse(owning)
  }
  return {
    async shard(partition) {
      const given = shards[partition]
      assert.ok(given, `partition ${partition} exists`)
      return timeout(`partition ${partition} was not given`).orElse(Promise.race([given.promise, failed]))
    },
    release,
    [Symbol.asyncDispose]: release,
  }
}

export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Waits for something that has to come, and fails with `message` where it does not. */
export function timeout(message: string): { orElse: <Value>(promise: Promise<Value>) => Promise<Value> } {
  return {
    async orElse(promise) {
      let timer: ReturnType<typeof setTimeout> | undefined
      const late = new Promise<never>((_resolve, fail) => {
        timer = setTimeout(() => fail(new assert.AssertionError({ message: `${message} (waited ${PATIENCE_MS} ms)` })), PATIENCE_MS)
      })
      try {
        return await Promise.race([promise, late])
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

export const isAborted = (signal: AbortSignal): Promise<void> => timeout('the signal did not abort').orElse(aborted(signal))

/** Fails unless `promise` rejects with a `MillraceError` of one of `codes`. */
export async function rejectsWith(promise: Promise<unknown>, ...codes: readonly MillraceError['code'][]): Promise<void> {
  const settled = timeout(`expected ${codes.join(' or ')}, but nothing happened`).orElse(
    promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    ),
  )
  const result = await settled
  if (!('error' in result)) assert.fail(`expected ${codes.join(' or ')}, but it went well`)
  const { error } = result
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  assert.ok(
    codes.some((each) => each === code),
    `expected ${codes.join(' or ')}, got ${String(code ?? error)}`,
  )
}

/** Text that adapters have been seen to damage. */
export const awkwardTexts: readonly string[] = [
  '',
  '__proto__',
  'constructor',
  'it\'s 50 % "off" \\ [x] * _',
  'naïve 座席 🎟️',
  '\u007f\u0085\u2028\ufeff',
  'x'.repeat(600),
]
