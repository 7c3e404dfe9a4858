import type { Log } from '@millrace/core'
import { durableLogContract, logContract } from '@millrace/testing'
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { aCommand, allEvents, answeringOwner, untilAnswered } from '../../fixtures/records.ts'
import { temporaryDirectory } from '../../fixtures/temporary-directory.ts'
import { until } from '../../fixtures/until.ts'
import { openSqliteLog } from '../open-sqlite-log.ts'
import { openSqliteLogFollower } from './open-sqlite-log-follower.ts'
import { socketPath } from './socket-path.ts'

/** A log whose shards are the owner's; all else goes through a follower. */
async function openPair(directory: string): Promise<Log> {
  const owner = await openSqliteLog(directory)
  const follower = await openSqliteLogFollower(directory)
  return {
    identity: follower.identity,
    partitions: follower.partitions,
    maxCommandBytes: follower.maxCommandBytes,
    trouble: () => follower.trouble(),
    submit: (partition, command) => follower.submit(partition, command),
    own: (work, signal) =>
      owner.own(async (shard) => {
        // That the shards are held is told to the follower like all else: soon.
        await until(() => shard.signal.aborted || follower.trouble() === undefined, 'no trouble')
        await work(shard)
      }, signal),
    read: (partition, from, signal) => follower.read(partition, from, signal),
    ends: () => follower.ends(),
    async [Symbol.asyncDispose]() {
      await follower[Symbol.asyncDispose]()
      await owner[Symbol.asyncDispose]()
    },
  }
}

/** The owner's append is answered in the owner's process, and may be before the follower has its answer. */
const ofOneProcess = 'commands: makes a command durable before what follows from it'

for (const { name, run } of [...logContract, ...durableLogContract]) {
  if (name === ofOneProcess) continue
  test(`the log as a follower has it ${name}`, async () => {
    await using directory = await temporaryDirectory()
    await run(() => openPair(directory.path))
  })
}

test('two followers read what the owner decided, from before they came and after, and submit', async () => {
  await using directory = await temporaryDirectory()
  await using owner = await openSqliteLog(directory.path, { partitions: 2 })
  await using _answering = answeringOwner(owner)
  await owner.submit(0, aCommand('before'))
  await untilAnswered(owner, 'before')
  await using one = await openSqliteLogFollower(directory.path)
  await using other = await openSqliteLogFollower(directory.path)
  assert.equal(await one.submit(0, aCommand('one')), 1)
  assert.equal(await other.submit(0, aCommand('other')), 2)
  await owner.submit(0, aCommand('owner'))
  const expected = ['before', 'one', 'other', 'owner']
  for (const log of [owner, one, other]) {
    assert.deepEqual(await untilAnswered(log, 'owner'), expected)
    assert.deepEqual(await log.ends(), await owner.ends())
    assert.deepEqual(
      (await allEvents(log, 1)).map(({ kind, data }) => [kind, data]),
      (await allEvents(owner, 1)).map(({ kind, data }) => [kind, data]),
    )
  }
})

test('what the owner refuses, it refuses to a follower in the same words', async () => {
  await using directory = await temporaryDirectory()
  await using owner = await openSqliteLog(directory.path, { partitions: 2 })
  await using follower = await openSqliteLogFollower(directory.path)
  await assert.rejects(follower.submit(2, aCommand('c')), { name: 'TypeError', message: 'partition: expected 0 to 1, got 2' })
  assert.throws(() => follower.read(2, 0, AbortSignal.abort()), { name: 'TypeError', message: 'partition: expected 0 to 1, got 2' })
  await assert.rejects(
    follower.own(() => Promise.resolve(), AbortSignal.abort()),
    { name: 'TypeError', message: /has no shards to give: start the app with role: 'read'/ },
  )
  assert.equal(owner.trouble(), undefined)
})

test('that the owner takes its shards is trouble to a follower too, until it has them', async () => {
  await using directory = await temporaryDirectory()
  await using owner = await openSqliteLog(directory.path, { partitions: 2 })
  await using follower = await openSqliteLogFollower(directory.path)
  assert.equal(follower.trouble(), undefined)
  const stop = new AbortController()
  const owning = owner.own(async ({ signal }) => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  }, stop.signal)
  assert.equal(owner.trouble()?.message, 'the shards are being taken')
  await until(() => follower.trouble()?.message === 'the shards are being taken' || owner.trouble() === undefined, 'the trouble')
  await until(() => follower.trouble() === undefined, 'no trouble')
  stop.abort()
  await owning
})

test('an owner that closes is away; the follower reads on, and goes on with the next one', async () => {
  await using directory = await temporaryDirectory()
  const first = await openSqliteLog(directory.path, { partitions: 1 })
  await using follower = await openSqliteLogFollower(directory.path)
  {
    await using _answering = answeringOwner(first)
    await follower.submit(0, aCommand('first'))
    await untilAnswered(follower, 'first')
  }
  await first[Symbol.asyncDispose]()
  await until(() => follower.trouble() !== undefined, 'trouble')
  assert.deepEqual(await untilAnswered(follower, 'first'), ['first'])
  const ends = await follower.ends()
  await assert.rejects(follower.submit(0, aCommand('lost')), { code: 'LOG_UNAVAILABLE', message: /can't be reached/ })

  await using second = await openSqliteLog(directory.path)
  await until(() => follower.trouble() === undefined, 'the second owner')
  assert.deepEqual(await follower.ends(), ends)
  await using _answering = answeringOwner(second)
  await follower.submit(0, aCommand('second'))
  assert.deepEqual(await untilAnswered(follower, 'second'), ['first', 'second'])
})

test('without an owner a follower opens on what is there, and not where there is nothing', async () => {
  await using directory = await temporaryDirectory()
  await assert.rejects(openSqliteLogFollower(directory.path), {
    code: 'LOG_UNAVAILABLE',
    message: `there is no log in ${directory.path} yet: start the process that owns it first, or name its directory`,
  })
  writeFileSync(join(directory.path, 'log.db'), '')
  await assert.rejects(openSqliteLogFollower(directory.path), { code: 'LOG_UNAVAILABLE', message: /there is no log/ })
  {
    await using owner = await openSqliteLog(directory.path, { partitions: 1 })
    await using _answering = answeringOwner(owner)
    await owner.submit(0, aCommand('kept'))
    await untilAnswered(owner, 'kept')
  }
  await using follower = await openSqliteLogFollower(directory.path)
  assert.equal(follower.trouble()?.code, 'LOG_UNAVAILABLE')
  assert.deepEqual(await untilAnswered(follower, 'kept'), ['kept'])
  await using owner = await openSqliteLog(directory.path)
  await until(() => follower.trouble() === undefined, 'the owner')
  assert.equal(await follower.submit(0, aCommand('next')), 1)
  assert.equal(owner.trouble(), undefined)
})

test('a log that went back under its followers stops them', async () => {
  await using directory = await temporaryDirectory()
  const live = join(directory.path, 'live')
  const backup = join(directory.path, 'backup')
  {
    await using _owner = await openSqliteLog(live, { partitions: 1 })
  }
  await cp(live, backup, { recursive: true })
  let follower: Log
  {
    await using owner = await openSqliteLog(live)
    follower = await openSqliteLogFollower(live)
    await using _answering = answeringOwner(owner)
    await follower.submit(0, aCommand('c'))
    await untilAnswered(follower, 'c')
  }
  await using _follower = follower
  const reading = (async () => {
    for await (const _batch of follower.read(0, (await follower.ends())[0] ?? 0, AbortSignal.timeout(60_000)));
  })()
  const failed = assert.rejects(reading, { code: 'LOG_DAMAGED' })
  for (const file of ['log.db', 'log.db-wal', 'log.db-shm']) {
    rmSync(join(live, file), { force: true })
  }
  await cp(join(backup, 'log.db'), join(live, 'log.db'))
  await using _owner = await openSqliteLog(live)
  await failed
  assert.match(
    follower.trouble()?.message ?? '',
    /the log went back while this process followed it: events of partition 0 end at offset 0, and had been stored up to 2/,
  )
  await assert.rejects(follower.submit(0, aCommand('d')), { code: 'LOG_DAMAGED' })
  await assert.rejects(follower.ends(), { code: 'LOG_DAMAGED' })
})

test('a directory with a long path is followed all the same', async () => {
  await using directory = await temporaryDirectory()
  const long = join(directory.path, 'directory'.repeat(12), 'data')
  await using owner = await openSqliteLog(long, { partitions: 1 })
  await using follower = await openSqliteLogFollower(long)
  assert.equal(existsSync(join(long, 'log.sock')), false)
  assert.equal(await follower.submit(0, aCommand('c')), 0)
  assert.equal(owner.trouble(), undefined)
})

test('nobody but this user may connect, and the socket goes with its owner', async () => {
  await using directory = await temporaryDirectory()
  const path = socketPath(directory.path)
  {
    await using _owner = await openSqliteLog(directory.path, { partitions: 1 })
    assert.equal(statSync(path).mode & 0o777, 0o600)
  }
  assert.equal(existsSync(path), false)
})

test('a socket that a killed owner left is replaced', async () => {
  await using directory = await temporaryDirectory()
  // What bound it first is renamed away, as an owner's is: so it stays when that is closed.
  const stale = createServer()
  await new Promise<void>((resolve) => stale.listen(join(directory.path, 'log.sock.new'), resolve))
  renameSync(join(directory.path, 'log.sock.new'), join(directory.path, 'log.sock'))
  await new Promise((resolve) => stale.close(resolve))
  assert.equal(existsSync(join(directory.path, 'log.sock')), true)
  await using owner = await openSqliteLog(directory.path, { partitions: 1 })
  await using follower = await openSqliteLogFollower(directory.path)
  assert.equal(follower.trouble(), owner.trouble())
  assert.equal(await follower.submit(0, aCommand('c')), 0)
})

test('an owner that cannot listen opens its log, and says why to whoever would follow', async (context) => {
  await using directory = await temporaryDirectory()
  mkdirSync(join(directory.path, 'log.sock', 'in the way'), { recursive: true })
  const warn = context.mock.method(process, 'emitWarning', () => {})
  await using owner = await openSqliteLog(directory.path, { partitions: 1 })
  const warnings = warn.mock.calls.map(({ arguments: [warning] }) => String(warning))
  assert.ok(warnings.some((warning) => /^no other process can follow the log in .*: /.test(warning)))
  assert.equal(await owner.submit(0, aCommand('c')), 0)
  await using follower = await openSqliteLogFollower(directory.path)
  assert.equal(follower.trouble()?.code, 'LOG_UNAVAILABLE')
  assert.match(follower.trouble()?.message ?? '', /when it opened the log it could not listen: /)
})

test('garbage that comes to the socket hurts neither the owner nor its followers', async () => {
  await using directory = await temporaryDirectory()
  await using owner = await openSqliteLog(directory.path, { partitions: 1 })
  await using follower = await openSqliteLogFollower(directory.path)
  for (let round = 0; round < 20; round++) {
    const client = connect(socketPath(directory.path))
    client.on('error', () => {})
    client.write(Buffer.alloc(10_000, round + 1))
    await until(() => client.closed, 'the end')
    assert.equal(await follower.submit(0, aCommand(`c${round}`)), round)
  }
  assert.equal(owner.trouble(), undefined)
})
