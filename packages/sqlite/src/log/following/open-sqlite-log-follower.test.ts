import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { temporaryDirectory } from '../../fixtures/temporary-directory.ts'
import { until } from '../../fixtures/until.ts'
import { openSqliteLog } from '../open-sqlite-log.ts'
import { Followers, MAX_FOLLOWERS } from './followers.ts'
import { openSqliteLogFollower } from './open-sqlite-log-follower.ts'
import { checkSocketOwner, listenAt } from './socket-path.ts'

const isWindows = process.platform === 'win32'

test('an owner that comes while a follower waits for what a killed one left to be durable is what it follows', async () => {
  await using directory = await temporaryDirectory()
  const { path } = directory
  const log = await openSqliteLog(path, { partitions: 2 })
  const { identity } = log
  await log[Symbol.asyncDispose]()
  // What is written behind a reader that does not move stays in the WAL.
  using reader = new DatabaseSync(join(path, 'log.db'), { readOnly: true })
  reader.exec('BEGIN')
  reader.prepare('SELECT count(*) FROM sqlite_schema').get()
  using writer = new DatabaseSync(join(path, 'log.db'))
  writer.exec('CREATE TABLE left_behind (it)')

  const opening = openSqliteLogFollower(path)
  const owner = new Followers({
    identity,
    partitions: 2,
    durable: () => [0, 0],
    trouble: () => undefined,
    submit: () => Promise.resolve(0),
  })
  await owner.listen(path)
  try {
    await using follower = await opening
    assert.equal(follower.trouble(), undefined)
    assert.deepEqual(await follower.ends(), [0, 0])
  } finally {
    await owner.close()
  }
})

test('a link in the place of the socket is not followed, wherever it leads', { skip: isWindows && 'named pipes' }, async () => {
  await using directory = await temporaryDirectory()
  const [path, link] = [join(directory.path, 'socket'), join(directory.path, 'link')]
  const server = createServer()
  await listenAt(server, path)
  try {
    symlinkSync(path, link)
    checkSocketOwner(path)
    assert.throws(() => checkSocketOwner(link), /link is no socket/)
  } finally {
    server.close()
  }
})

test('one follower too many is told so, and follows once another has gone', async () => {
  await using directory = await temporaryDirectory()
  await using _owner = await openSqliteLog(directory.path, { partitions: 2 })
  await using stack = new AsyncDisposableStack()
  const first = stack.use(await openSqliteLogFollower(directory.path))
  for (let count = 1; count < MAX_FOLLOWERS; count++) stack.use(await openSqliteLogFollower(directory.path))
  const last = stack.use(await openSqliteLogFollower(directory.path))
  assert.match(String(last.trouble()?.message), /64 processes follow this log already, which is the limit: end one of them/)
  await first[Symbol.asyncDispose]()
  await until(() => last.trouble() === undefined, 'room for it')
})
