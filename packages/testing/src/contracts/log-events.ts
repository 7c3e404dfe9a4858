import assert from 'node:assert/strict'
import { recordBytes, type Batch, type Log, type NewRecord, type RecordKind } from '@millrace/core'
import type { ContractCase } from './contract.ts'
import { awkwardTexts, BEGUN_MS, createOwner, newRecord, readRecords, timeout } from './fixtures.ts'

const kinds: readonly RecordKind[] = ['event', 'scheduled', 'cancelled', 'accepted', 'rejected', 'failed', 'repeated', 'parked']

/** What comes out: `append`, `read` and `ends`. */
export const logEventCases: readonly ContractCase<Log>[] = [
  {
    name: 'appends right after the marker, without a gap',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      assert.equal(await shard.append([newRecord('a'), newRecord('b')]), shard.marker + 1)
      assert.equal(await shard.append([newRecord('c')]), shard.marker + 3)
      assert.equal((await log.ends())[0], shard.marker + 4)
    },
  },
  {
    name: 'reads all from the beginning, oldest first, as it was appended',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      const records = kinds.map((kind, at) =>
        newRecord(`c${at}`, {
          kind,
          data: `{"at":${at}}`,
          timeMs: BEGUN_MS + at,
          index: at,
          commandOffset: at - 1,
          fingerprint: at === 0 ? 0 : 0xffff_ffff - at,
        }),
      )
      const first = await shard.append(records)
      const read = await readRecords(log, 0, 0, first + records.length)
      assert.deepEqual(
        read.slice(first).map(({ record }) => plain(record)),
        records.map(plain),
      )
    },
  },
  {
    name: 'reads from the middle, oldest first',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      const first = await shard.append([newRecord('a'), newRecord('b'), newRecord('c')])
      await shard.append([newRecord('d')])
      const read = await readRecords(log, 0, first + 1, first + 4)
      assert.deepEqual(
        read.map(({ record }) => record.commandId),
        ['b', 'c', 'd'],
      )
    },
  },
  {
    name: 'lets a reader at the end wait for what comes',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      const reading = readRecords(log, 0, shard.marker + 1, shard.marker + 4)
      for (const id of ['a', 'b', 'c']) await shard.append([newRecord(id)])
      assert.deepEqual(
        (await reading).map(({ record }) => record.commandId),
        ['a', 'b', 'c'],
      )
    },
  },
  {
    name: 'lets a reader begin beyond the end, and gives it nothing from before',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      const reading = readRecords(log, 0, shard.marker + 3, shard.marker + 4)
      for (const id of ['a', 'b', 'c']) await shard.append([newRecord(id)])
      assert.deepEqual(
        (await reading).map(({ record }) => record.commandId),
        ['c'],
      )
    },
  },
  {
    name: 'ends a read by its signal, without an error, whether it waits or has more to give',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      for (const id of ['a', 'b', 'c']) await shard.append([newRecord(id)])
      const waiting = new AbortController()
      const waited = (async () => {
        let count = 0
        for await (const batch of log.read(0, 0, waiting.signal)) count += batch.records.length
        return count
      })()
      await readRecords(log, 0, 0, shard.marker + 4)
      waiting.abort()
      assert.ok((await timeout('a waiting read did not end').orElse(waited)) <= shard.marker + 4)

      const early = new AbortController()
      const ended = (async () => {
        for await (const batch of log.read(0, 0, early.signal)) if (batch.records.length > 0) early.abort()
      })()
      await timeout('a read with more to give did not end').orElse(ended)
      for await (const batch of log.read(0, 0, AbortSignal.abort())) assert.fail(`read after its end: ${batch.records.length}`)
    },
  },
  {
    name: 'lets a reader leave early',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      for (const id of ['a', 'b', 'c']) await shard.append([newRecord(id)])
      let seen = 0
      for await (const batch of log.read(0, 0, AbortSignal.timeout(60_000))) {
        seen += batch.records.length
        break
      }
      assert.ok(seen > 0)
      await shard.append([newRecord('d')])
    },
  },
  {
    name: 'shows an append whole or not at all, in the order of the calls, however many overlap',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      const sizes = Array.from({ length: 200 }, (_, at) => 1 + ((at * 7) % 13))
      const seen: Batch[] = []
      const end = shard.marker + 1 + sizes.reduce((sum, size) => sum + size, 0)
      const reading = (async () => {
        for await (const batch of log.read(0, shard.marker + 1, AbortSignal.timeout(60_000))) {
          seen.push(batch)
          if (batch.next >= end) return
        }
      })()
      const firsts = await Promise.all(
        sizes.map((size, at) => shard.append(Array.from({ length: size }, (_, index) => newRecord(`c${at}`, { index })))),
      )
      await reading
      const records = seen.flatMap((batch) => batch.records).slice(-(end - shard.marker - 1))
      let next = shard.marker + 1
      for (const [at, size] of sizes.entries()) {
        assert.equal(firsts[at], next, `append ${at} begins where the one before it ended`)
        const mine = records.slice(next - shard.marker - 1, next - shard.marker - 1 + size)
        assert.deepEqual(
          mine.map(({ commandId, index }) => [commandId, index]),
          Array.from({ length: size }, (_, index) => [`c${at}`, index]),
        )
        next += size
      }
      const ends = new Set([...firsts, end])
      for (const batch of seen) assert.ok(ends.has(batch.next), `a reader was given offsets up to ${batch.next}: part of an append`)
    },
  },
  {
    name: 'has shown nothing to readers before the append is durable, and shows it after',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      const first = await shard.append([newRecord('a')])
      assert.ok(((await log.ends())[0] ?? 0) > first)
      const [read] = await readRecords(log, 0, first, first + 1)
      assert.equal(read?.record.commandId, 'a')
    },
  },
  {
    name: 'does not let a reader that takes nothing hold up the writer or another reader',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      await shard.append([newRecord('first')])
      const stop = new AbortController()
      const idle = log.read(0, 0, stop.signal)[Symbol.asyncIterator]()
      assert.equal((await idle.next()).done, false)
      const data = JSON.stringify('x'.repeat(2_000))
      for (let at = 0; at < 300; at++) await shard.append([newRecord(`c${at}`, { data }), newRecord(`c${at}`, { data, index: 1 })])
      const read = await readRecords(log, 0, shard.marker + 2, shard.marker + 602)
      assert.equal(read.at(-1)?.record.commandId, 'c299')
      let next = await idle.next() // goes on where it was, and misses nothing
      let reached = next.done === true ? 0 : next.value.next
      while (next.done !== true && reached < shard.marker + 602) {
        next = await timeout('the idle reader got nothing').orElse(idle.next())
        if (next.done !== true) {
          assert.ok(next.value.first <= reached, `a gap between ${reached} and ${next.value.first}`)
          reached = next.value.next
        }
      }
      stop.abort()
      await idle.return?.()
    },
  },
  {
    name: 'carries any text in keys and data unchanged',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      const records = [...awkwardTexts, 'a\u0000b'].map((text, at) =>
        newRecord(`c${at}`, { key: text, data: JSON.stringify({ [text]: text }), traceparent: at === 1 ? '00-1-2-01' : undefined }),
      )
      const first = await shard.append(records)
      const read = await readRecords(log, 0, first, first + records.length)
      assert.deepEqual(
        read.map(({ record }) => plain(record)),
        records.map(plain),
      )
    },
  },
  {
    name: 'carries a large batch, and a record of a megabyte',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      const large = newRecord('large', { data: JSON.stringify('ä🎟'.repeat(130_000)) })
      const records = [...Array.from({ length: 5_000 }, (_, at) => newRecord(`c${at}`, { data: `{"at":${at}}` })), large]
      const first = await shard.append(records)
      const read = await readRecords(log, 0, first, first + records.length)
      assert.equal(
        read.every(({ record }, at) => record.commandId === records[at]?.commandId && record.data === records[at].data),
        true,
      )
    },
  },
  {
    name: 'takes the records of one command up to the size it says',
    async run(open) {
      await using log = await open()
      assert.ok(log.maxCommandBytes >= 65_536, `${log.maxCommandBytes} bytes are not enough for anything`)
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      // Of the characters that take the most bytes for what they count.
      const records = Array.from({ length: 16 }, (_, index) => newRecord('large', { index, key: '座'.repeat(100) }))
      const room = Math.min(log.maxCommandBytes, 4_000_000) - records.reduce((sum, record) => sum + recordBytes(record), 0)
      const last = newRecord('large', { index: 16, data: '""' })
      const data = JSON.stringify('座'.repeat(Math.floor((room - recordBytes(last)) / 3)))
      const all = [...records, { ...last, data }]
      const first = await shard.append(all)
      const read = await readRecords(log, 0, first, first + all.length)
      assert.equal(read.at(-1)?.record.data === data, true, 'the data came back as it went in')
    },
  },
  {
    name: 'keeps the events of different partitions apart, and tells the end of each',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const before = await log.ends()
      assert.equal(before.length, log.partitions)
      const expected: number[] = []
      for (let partition = 0; partition < log.partitions; partition++) {
        const shard = await owner.shard(partition)
        const first = await shard.append(Array.from({ length: partition + 1 }, (_, index) => newRecord(`p${partition}`, { index })))
        assert.equal(first, shard.marker + 1)
        expected.push(first + partition + 1)
      }
      assert.deepEqual(await log.ends(), expected)
      for (const [partition, end] of expected.entries()) {
        const read = await readRecords(log, partition, end - partition - 1, end)
        assert.deepEqual(new Set(read.map(({ record }) => record.commandId)), new Set([`p${partition}`]))
      }
    },
  },
]

/** Without what an adapter may leave out. */
const plain = ({ kind, type, key, timeMs, data, commandId, index, commandOffset, fingerprint, traceparent }: NewRecord): NewRecord => ({
  kind,
  type,
  key,
  timeMs,
  data,
  commandId,
  index,
  commandOffset,
  fingerprint,
  traceparent,
})
