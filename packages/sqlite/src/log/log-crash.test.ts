import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startLogProcess } from '../fixtures/processes.ts'
import { allEvents, readable } from '../fixtures/records.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { openSqliteLog } from './open-sqlite-log.ts'

test('what was acknowledged is there after kill -9, and of the rest a beginning, again and again', async () => {
  await using directory = await temporaryDirectory()
  const stored = new Map<string, string>()
  for (let round = 0; round < 4; round++) {
    await using writing = await startLogProcess(directory.path)
    writing.order('load')
    await writing.saidLines(300 + round * 700)
    await writing.kill()
    for (const line of writing.lines) {
      const [said, partition, offset, id = ''] = line.split(' ')
      if (said === 'stored') stored.set(`${partition} ${offset}`, id)
    }
  }
  await using log = await openSqliteLog(directory.path)
  const found = new Map<string, string>()
  const stop = new AbortController()
  await log.own(async (shard) => {
    const events = await allEvents(log, shard.partition)
    const answers = events.filter(({ kind }) => kind === 'event')
    for (const [index, { commandOffset, commandId }] of answers.entries()) {
      assert.equal(commandOffset, index, 'commands are answered in order, each once')
      found.set(`${shard.partition} ${commandOffset}`, commandId)
    }
    assert.equal(events.filter(({ kind }) => kind === 'owned').length, 5)
    // Those not answered yet, still in `commands`.
    const waiting = [...stored.keys()].filter((place) => Number(place.split(' ')[0]) === shard.partition && !found.has(place)).length
    if (waiting > 0) {
      for await (const commands of shard.commands(answers.length, 100_000)) {
        for (const { id, offset } of readable(commands)) found.set(`${shard.partition} ${offset}`, id)
        break
      }
    }
  }, stop.signal)
  assert.ok(stored.size > 1_500)
  for (const [place, id] of stored) assert.equal(found.get(place), id, `the command at ${place} is there`)
})

test('a second process is refused, and told which process has the directory', async () => {
  await using directory = await temporaryDirectory()
  await using holder = await startLogProcess(directory.path)
  await assert.rejects(openSqliteLog(directory.path), (error: Error & { readonly code: string }) => {
    assert.equal(error.code, 'LOG_HELD')
    assert.match(
      error.message,
      new RegExp(
        `^data directory ${directory.path} is in use by process ${holder.child.pid}, started \\d{4}-.*Z: stop it or choose another directory$`,
      ),
    )
    return true
  })
  await holder.kill()
  await using _log = await openSqliteLog(directory.path)
})

test('a second opening by the same process is refused, and does not free the first', async () => {
  await using directory = await temporaryDirectory()
  await using _log = await openSqliteLog(directory.path)
  for (let attempt = 0; attempt < 2; attempt++) {
    await assert.rejects(openSqliteLog(directory.path), { code: 'LOG_HELD', message: /this process already/ })
  }
})
