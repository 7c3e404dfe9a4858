import assert from 'node:assert/strict'
import type { Log } from '@millrace/core'
import type { ContractCase } from './contract.ts'
import { aborted, createOwner, isAborted, newCommand, newRecord, readRecords, rejectsWith, takeCommands, timeout } from './fixtures.ts'

/** Who may write: `own`, markers, epochs, fencing, and how it all ends. */
export const logOwnershipCases: readonly ContractCase<Log>[] = [
  {
    name: 'gives every shard, each with its marker in the log',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      for (let partition = 0; partition < log.partitions; partition++) {
        const shard = await owner.shard(partition)
        assert.equal(shard.partition, partition)
        assert.equal(shard.signal.aborted, false)
        const [marker] = await readRecords(log, partition, shard.marker, shard.marker + 1)
        assert.equal(marker?.record.kind, 'owned')
        const said: unknown = JSON.parse(marker.record.data)
        assert.equal(typeof said === 'object' && said !== null && Reflect.get(said, 'epoch'), shard.epoch)
      }
    },
  },
  {
    name: 'raises the epoch with every owner, and puts its marker after all that was there',
    async run(open) {
      await using log = await open()
      let epoch = -Infinity
      let end = 0
      for (let round = 0; round < 4; round++) {
        await using owner = createOwner(log)
        const shard = await owner.shard(0)
        assert.ok(shard.epoch > epoch, `epoch ${shard.epoch} after ${epoch}`)
        assert.equal(shard.marker, end)
        end = (await shard.append([newRecord(`r${round}`)])) + 1
        epoch = shard.epoch
        await owner.release()
      }
      const read = await readRecords(log, 0, 0, end)
      assert.deepEqual(
        read.map(({ record }) => record.kind),
        Array.from({ length: 4 }, () => ['owned', 'event']).flat(),
      )
    },
  },
  {
    name: 'ends own() only when all its work has returned',
    async run(open) {
      await using log = await open()
      const over = new AbortController()
      const given = Promise.withResolvers<undefined>()
      const finish = Promise.withResolvers<undefined>()
      let ended = false
      const owning = log
        .own(async (shard) => {
          given.resolve(undefined)
          await aborted(shard.signal)
          await finish.promise
        }, over.signal)
        .then(() => {
          ended = true
        })
      await given.promise
      over.abort()
      await log.ends()
      await new Promise((resolve) => setTimeout(resolve, 5))
      assert.equal(ended, false, 'own() ended while its work went on')
      finish.resolve(undefined)
      await timeout('own() did not end').orElse(owning)
    },
  },
  {
    name: 'lets an owner that is asked to stop append what it has decided',
    async run(open) {
      await using log = await open()
      const over = new AbortController()
      const given = Promise.withResolvers<undefined>()
      const last: Promise<number>[] = []
      const owning = log.own(async (shard) => {
        if (shard.partition === 0) {
          last.push(shard.append([newRecord('being appended')]))
          given.resolve(undefined)
        }
        await aborted(shard.signal)
        await Promise.all(last)
      }, over.signal)
      await given.promise
      over.abort()
      await timeout('own() did not end').orElse(owning)
      const [first] = await Promise.all(last)
      const [read] = await readRecords(log, 0, first ?? 0, (first ?? 0) + 1)
      assert.equal(read?.record.commandId, 'being appended')
    },
  },
  {
    name: 'fences the former owner when another takes over',
    async run(open) {
      await using log = await open()
      await using former = createOwner(log)
      const old = await former.shard(0)
      const kept = await old.append([newRecord('kept')])
      await using next = createOwner(log)
      const shard = await next.shard(0)
      await isAborted(old.signal)
      assert.ok(shard.epoch > old.epoch)
      assert.ok(shard.marker > kept)
      await rejectsWith(old.append([newRecord('late')]), 'LOG_FENCED')
      await rejectsWith(old.append([newRecord('later')]), 'LOG_FENCED')
      const first = await shard.append([newRecord('new')])
      const read = await readRecords(log, 0, 0, first + 1)
      assert.deepEqual(
        read.filter(({ record }) => record.kind === 'event').map(({ record }) => record.commandId),
        ['kept', 'new'],
      )
    },
  },
  {
    name: 'stores nothing of a former owner after the newer marker, and all that was acknowledged before it',
    async run(open) {
      await using log = await open()
      await using former = createOwner(log)
      const old = await former.shard(0)
      const acknowledged: string[] = []
      const attempts: Promise<void>[] = []
      let attempt = 0
      const hammer = (): void => {
        for (let some = 0; some < 20; some++) {
          const id = `old ${attempt++}`
          attempts.push(
            old.append([newRecord(id), newRecord(id, { index: 1 })]).then(
              () => void acknowledged.push(id),
              () => {},
            ),
          )
        }
      }
      hammer()
      await using next = createOwner(log)
      const giving = next.shard(0)
      for (let turn = 0; turn < 50; turn++) {
        hammer()
        await new Promise((resolve) => setTimeout(resolve, 0))
      }
      const shard = await giving
      hammer()
      await Promise.all(attempts)
      const end = (await shard.append([newRecord('new')])) + 1
      const read = await readRecords(log, 0, 0, end)
      for (const { offset, record } of read) {
        if (record.commandId.startsWith('old '))
          assert.ok(offset < shard.marker, `${record.commandId} at ${offset}, after the marker at ${shard.marker}`)
      }
      const stored = read.filter(({ record }) => record.commandId.startsWith('old ')).map(({ record }) => record.commandId)
      for (const id of acknowledged) assert.equal(stored.filter((each) => each === id).length, 2, `${id} was acknowledged`)
      assert.deepEqual(
        stored,
        stored.filter((id, at) => id === stored[at % 2 === 0 ? at + 1 : at - 1]),
        'no append is there by half',
      )
      const order = stored.filter((_, at) => at % 2 === 0).map((id) => Number(id.slice(4)))
      assert.deepEqual(
        order,
        Array.from(order, (_, at) => at),
        'what is there is a prefix of what was called',
      )
    },
  },
  {
    name: 'keeps commands that nobody took for the next owner',
    async run(open) {
      await using log = await open()
      const former = createOwner(log)
      const old = await former.shard(0)
      await log.submit(0, newCommand('taken'))
      for await (const some of old.commands(0, 10)) if (some.length > 0) break
      await former.release()
      await log.submit(0, newCommand('waiting'))
      await using next = createOwner(log)
      const seen: string[] = []
      seen.push(...(await takeCommands(await next.shard(0), 0, 2, 10)).map(({ id }) => id))
      assert.deepEqual(seen, ['taken', 'waiting'])
    },
  },
  {
    name: 'has no trouble while its shards are held and nothing is wrong',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      for (let partition = 0; partition < log.partitions; partition++) await owner.shard(partition)
      assert.equal(log.trouble(), undefined)
      await log.submit(0, newCommand('c'))
      assert.equal(log.trouble(), undefined)
    },
  },
  {
    name: 'goes on after a marker with which its owner renews what it has',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      const data = JSON.stringify({ epoch: shard.epoch, renewed: true })
      const renewal = newRecord('', { kind: 'owned', type: 'owned', key: '', data, commandOffset: -1, fingerprint: 0 })
      const firsts = await Promise.all([[newRecord('a')], [renewal], [newRecord('b')]].map((records) => shard.append(records)))
      assert.deepEqual(firsts, [shard.marker + 1, shard.marker + 2, shard.marker + 3])
      assert.equal(shard.signal.aborted, false)
      const read = await readRecords(log, 0, shard.marker + 1, shard.marker + 4)
      assert.deepEqual(
        read.map(({ record }) => record.kind),
        ['event', 'owned', 'event'],
      )
      const said = JSON.parse(read[1]?.record.data ?? '') as { readonly epoch: number }
      assert.ok(said.epoch >= shard.epoch, `the renewed marker says epoch ${said.epoch}, after ${shard.epoch}`)
    },
  },
  {
    name: 'refuses all when it is closed, lets nobody wait for ever, and may be closed twice',
    async run(open) {
      const log = await open()
      const owner = createOwner(log)
      const shard = await owner.shard(0)
      await shard.append([newRecord('a')])
      const patience = AbortSignal.timeout(60_000)
      const reading = (async () => {
        for await (const batch of log.read(0, shard.marker + 2, patience)) assert.fail(`${batch.records.length} records of nobody`)
      })().catch((error: unknown) => {
        if (!(error instanceof Error && Reflect.get(error, 'code') === 'LOG_CLOSED')) throw error
      })
      await owner.release()
      await timeout('closing did not end').orElse(Promise.resolve(log[Symbol.asyncDispose]()))
      await timeout('a read went on after closing').orElse(reading)
      assert.equal(patience.aborted, false, 'a read that waits ends when the log is closed')
      await rejectsWith(log.submit(0, newCommand('late')), 'LOG_CLOSED')
      await rejectsWith(shard.append([newRecord('late')]), 'LOG_CLOSED', 'LOG_FENCED')
      await rejectsWith(log.ends(), 'LOG_CLOSED')
      assert.equal(log.trouble()?.code, 'LOG_CLOSED')
      await rejectsWith(
        log.own(() => Promise.resolve(), AbortSignal.timeout(1_000)),
        'LOG_CLOSED',
      )
      await log[Symbol.asyncDispose]()
    },
  },
  {
    name: 'keeps what was being submitted and appended when it is closed, or says that it did not',
    async run(open) {
      const log = await open()
      const owner = createOwner(log)
      const shard = await owner.shard(0)
      const attempts = [...Array.from({ length: 50 }, (_, at) => log.submit(0, newCommand(`c${at}`))), shard.append([newRecord('a')])]
      const settled = Promise.allSettled(attempts)
      await owner.release()
      await log[Symbol.asyncDispose]()
      const outcomes = await timeout('something was left without an answer').orElse(settled)
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected')
          await rejectsWith(Promise.reject(outcome.reason as Error), 'LOG_CLOSED', 'LOG_FENCED', 'LOG_UNAVAILABLE', 'LOG_OUTCOME_UNKNOWN')
      }
    },
  },
]
