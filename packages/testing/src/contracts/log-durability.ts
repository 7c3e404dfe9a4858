import assert from 'node:assert/strict'
import type { Log } from '@millrace/core'
import type { ContractCase } from './contract.ts'
import { createOwner, newCommand, newRecord, readRecords, takeCommands } from './fixtures.ts'

/** For logs that keep what they hold: here a second `open` gives the same storage, once the first log was disposed. */
export const durableLogContract: readonly ContractCase<Log>[] = [
  {
    name: 'has all after it was closed and opened again, and goes on where it was',
    async run(open) {
      let marker: number
      let epoch: number
      {
        await using log = await open()
        await using owner = createOwner(log)
        const shard = await owner.shard(0)
        for (let at = 0; at < 30; at++) await log.submit(0, newCommand(`c${at}`, { key: `näive ${at}` }))
        await shard.append(Array.from({ length: 10 }, (_, at) => newRecord(`c${at}`, { commandOffset: at })))
        marker = shard.marker
        epoch = shard.epoch
      }
      await using log = await open()
      assert.equal((await log.ends())[0], marker + 11)
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      assert.ok(shard.epoch > epoch, 'the epoch rose')
      assert.equal(shard.marker, marker + 11)
      const read = await readRecords(log, 0, 0, shard.marker)
      assert.deepEqual(
        read.slice(marker + 1).map(({ record }) => record.commandId),
        Array.from({ length: 10 }, (_, at) => `c${at}`),
      )
      const taken = await takeCommands(shard, 10, 20)
      assert.deepEqual(
        taken.map(({ id, key }) => [id, key]),
        Array.from({ length: 20 }, (_, at) => [`c${at + 10}`, `näive ${at + 10}`]),
      )
      assert.equal(await log.submit(0, newCommand('next')), 30)
      assert.equal(await shard.append([newRecord('next')]), shard.marker + 1)
    },
  },
  {
    name: 'says the same identity whenever it is opened',
    async run(open) {
      const identities = new Set<string>()
      for (let round = 0; round < 3; round++) {
        await using log = await open()
        identities.add(log.identity)
      }
      assert.equal(identities.size, 1)
    },
  },
  {
    name: 'has the epochs of all owners in order, however often it is opened',
    async run(open) {
      const epochs: number[] = []
      for (let round = 0; round < 4; round++) {
        await using log = await open()
        await using owner = createOwner(log)
        epochs.push((await owner.shard(0)).epoch)
      }
      assert.deepEqual(
        epochs,
        [...new Set(epochs)].sort((one, other) => one - other),
      )
    },
  },
]
