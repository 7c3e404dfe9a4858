import assert from 'node:assert/strict'
import type { Log, StoredCommand } from '@millrace/core'
import type { ContractCase } from './contract.ts'
import { awkwardTexts, BEGUN_MS, createOwner, newCommand, newRecord, takeCommands, timeout } from './fixtures.ts'

/** What enters: `submit`, and what an owner gets of it. */
export const logCommandCases: readonly ContractCase<Log>[] = [
  {
    name: 'gives the commands of a partition offsets from 0 on, without a gap',
    async run(open) {
      await using log = await open()
      for (const expected of [0, 1, 2]) assert.equal(await log.submit(0, newCommand(`c${expected}`)), expected)
      assert.equal(await log.submit(log.partitions - 1, newCommand('other')), log.partitions > 1 ? 0 : 3)
    },
  },
  {
    name: 'delivers commands in the order of their offsets, as they were submitted',
    async run(open) {
      await using log = await open()
      const commands = Array.from({ length: 50 }, (_, at) => newCommand(`c${at}`, { data: `{"at":${at}}`, timeMs: BEGUN_MS + at }))
      for (const command of commands) await log.submit(0, command)
      await using owner = createOwner(log)
      const taken = await takeCommands(await owner.shard(0), 0, 50)
      assert.deepEqual(
        taken.map(plain),
        commands.map((command, offset) => plain({ ...command, offset })),
      )
    },
  },
  {
    name: 'delivers commands from the middle',
    async run(open) {
      await using log = await open()
      for (let at = 0; at < 20; at++) await log.submit(0, newCommand(`c${at}`))
      await using owner = createOwner(log)
      const taken = await takeCommands(await owner.shard(0), 13, 7)
      assert.deepEqual(
        taken.map(({ offset, id }) => [offset, id]),
        Array.from({ length: 7 }, (_, at) => [13 + at, `c${13 + at}`]),
      )
    },
  },
  {
    name: 'delivers commands that come while an owner waits',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      const taking = takeCommands(shard, 0, 3)
      for (const id of ['one', 'two', 'three']) await log.submit(0, newCommand(id))
      assert.deepEqual(
        (await taking).map(({ id }) => id),
        ['one', 'two', 'three'],
      )
    },
  },
  {
    name: 'gives an owner no more commands at once than it asks for, and all that wait up to that',
    async run(open) {
      await using log = await open()
      await Promise.all(Array.from({ length: 25 }, (_, at) => log.submit(0, newCommand(`c${at}`))))
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      const sizes: number[] = []
      let taken = 0
      for await (const some of shard.commands(0, 10)) {
        sizes.push(some.length)
        taken += some.length
        if (taken >= 25) break
      }
      assert.deepEqual(sizes, [10, 10, 5])
    },
  },
  {
    name: 'lets an owner that is slow find all that came meanwhile',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      const commands = shard.commands(0, 1_000)[Symbol.asyncIterator]()
      await log.submit(0, newCommand('first'))
      assert.equal((await commands.next()).done, false)
      await Promise.all(Array.from({ length: 300 }, (_, at) => log.submit(0, newCommand(`later ${at}`))))
      const next = await timeout('nothing came').orElse(commands.next())
      assert.equal(next.done === true ? 0 : next.value.length, 300)
      await commands.return?.()
    },
  },
  {
    name: 'ends the delivery of commands when the shard is released, without an error',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      const ended = (async () => {
        for await (const some of shard.commands(0, 10)) assert.fail(`no command was submitted, but ${some.length} came`)
      })()
      await owner.release()
      await timeout('commands() did not end').orElse(ended)
      assert.equal(shard.signal.aborted, true)
    },
  },
  {
    name: 'keeps commands of different partitions apart',
    async run(open) {
      await using log = await open()
      for (let partition = 0; partition < log.partitions; partition++) await log.submit(partition, newCommand(`for ${partition}`))
      await using owner = createOwner(log)
      for (let partition = 0; partition < log.partitions; partition++) {
        const taken = await takeCommands(await owner.shard(partition), 0, 1)
        assert.deepEqual(
          taken.map(({ id }) => id),
          [`for ${partition}`],
        )
      }
    },
  },
  {
    name: 'carries any text in keys and data unchanged',
    async run(open) {
      await using log = await open()
      const commands = awkwardTexts.map((text, at) =>
        newCommand(`c${at}`, {
          key: text,
          data: JSON.stringify({ [text]: text }),
          traceparent: at === 0 ? '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' : undefined,
        }),
      )
      for (const command of commands) await log.submit(0, command)
      await using owner = createOwner(log)
      const taken = await takeCommands(await owner.shard(0), 0, commands.length)
      assert.deepEqual(
        taken.map(plain),
        commands.map((command, offset) => plain({ ...command, offset })),
      )
    },
  },
  {
    name: 'carries a NUL character in a key',
    async run(open) {
      await using log = await open()
      await log.submit(0, newCommand('nul', { key: 'before\u0000after' }))
      await using owner = createOwner(log)
      const [taken] = await takeCommands(await owner.shard(0), 0, 1)
      assert.equal(taken?.key, 'before\u0000after')
    },
  },
  {
    name: 'carries a command of a megabyte',
    async run(open) {
      await using log = await open()
      const data = JSON.stringify({ text: 'ä🎟'.repeat(130_000) })
      await log.submit(0, newCommand('large', { data }))
      await using owner = createOwner(log)
      const [taken] = await takeCommands(await owner.shard(0), 0, 1)
      assert.equal(taken?.data === data, true, 'the data came back as it went in')
    },
  },
  {
    name: 'takes thousands of commands at once, each under the offset it was told',
    async run(open) {
      await using log = await open()
      const count = 6_000
      const offsets = await Promise.all(Array.from({ length: count }, (_, at) => log.submit(at % log.partitions, newCommand(`c${at}`))))
      await using owner = createOwner(log)
      for (let partition = 0; partition < log.partitions; partition++) {
        const expected = new Map(offsets.flatMap((offset, at) => (at % log.partitions === partition ? [[offset, `c${at}`] as const] : [])))
        const mine = Math.ceil((count - partition) / log.partitions)
        assert.equal(expected.size, mine, 'no offset is given twice')
        const taken = await takeCommands(await owner.shard(partition), 0, mine)
        assert.deepEqual(
          taken.map(({ offset }) => offset),
          Array.from({ length: mine }, (_, at) => at),
        )
        for (const { offset, id } of taken) assert.equal(id, expected.get(offset))
      }
    },
  },
  {
    name: 'makes a command durable before what follows from it',
    async run(open) {
      await using log = await open()
      await using owner = createOwner(log)
      const shard = await owner.shard(0)
      let durable = false
      const submitted = log.submit(0, newCommand('c')).then((offset) => {
        durable = true
        return offset
      })
      const [command] = await takeCommands(shard, 0, 1)
      assert.ok(command)
      await shard.append([newRecord(command.id, { commandOffset: command.offset })])
      await new Promise((resolve) => setTimeout(resolve, 0)) // submit's own promise may settle in the same turn
      assert.equal(durable, true, 'the append was durable, but the command before it was not')
      assert.equal(await submitted, command.offset)
    },
  },
]

/** Without what an adapter may leave out. */
const plain = ({ offset, id, type, key, timeMs, data, traceparent }: StoredCommand): StoredCommand => ({
  offset,
  id,
  type,
  key,
  timeMs,
  data,
  traceparent,
})
