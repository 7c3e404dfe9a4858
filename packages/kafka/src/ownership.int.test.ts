import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeGroupsV5, joinGroupV9, leaveGroupV5 } from '@platformatic/kafka'
import { COORDINATOR } from './client/cluster.ts'
import { encodeSubscription } from './shards/group-protocol.ts'
import { Membership } from './shards/membership.ts'
import { aborted, createInstance, inTime, newApp, newRecord, openCluster, openLog, readAll, skip, until } from './fixtures/logs.ts'

const settings = { skip, timeout: 200_000 }
const partitions = { partitions: 6 }

test('two instances share the shards evenly, and those that stay keep theirs', settings, async () => {
  const app = newApp('share')
  await using one = createInstance(await openLog(app, partitions))
  await until('one holds all', () => one.shards.size === 6)
  await using two = createInstance(await openLog(app, partitions))
  await until('both hold three', () => one.shards.size === 3 && two.shards.size === 3)
  assert.deepEqual([...one.shards.keys(), ...two.shards.keys()].sort(), [0, 1, 2, 3, 4, 5])
  assert.equal(one.given.length, 6, 'one was given nothing twice')
  assert.equal(two.given.length, 3, 'two was given nothing twice')
  await using three = createInstance(await openLog(app, partitions))
  await until('each holds two', () => [one, two, three].every(({ shards }) => shards.size === 2))
  assert.equal(one.given.length + two.given.length, 9, 'nothing moved between those who were there')
})

/** Who is gone without a word is missed after so long, in milliseconds: who says goodbye, long before. */
const MISSED_MS = 30_000
const AT_ONCE_MS = 15_000

test('the log that is closed hands its shards over at once', settings, async () => {
  const app = newApp('close')
  const options = { ...partitions, sessionTimeoutMs: MISSED_MS }
  await using one = createInstance(await openLog(app, options))
  await until('one holds all', () => one.shards.size === 6)
  const two = createInstance(await openLog(app, options))
  await until('both hold three', () => one.shards.size === 3 && two.shards.size === 3)
  const from = performance.now()
  await two[Symbol.asyncDispose]()
  await until('one holds all again', () => one.shards.size === 6)
  assert.ok(performance.now() - from < AT_ONCE_MS, `it took ${performance.now() - from} ms`)
})

test('who stops owning gives its shards to the others, though its log stays open', settings, async () => {
  const app = newApp('release')
  const options = { ...partitions, sessionTimeoutMs: MISSED_MS }
  await using one = createInstance(await openLog(app, options))
  await until('one holds all', () => one.shards.size === 6)
  await using two = createInstance(await openLog(app, options))
  await until('both hold three', () => one.shards.size === 3 && two.shards.size === 3)
  await two.release()
  await until('one holds all again', () => one.shards.size === 6, AT_ONCE_MS)
  assert.equal(two.log.trouble(), undefined)
  await using again = createInstance(two.log)
  await until('the second one is back', () => one.shards.size === 3 && again.shards.size === 3)
})

test('an instance that is closed while another does not come back to the group does not wait for it', settings, async () => {
  const app = newApp('stuck')
  await using one = createInstance(await openLog(app, { sessionTimeoutMs: 10_000 }))
  await until('one holds all', () => one.shards.size === 3)
  await using outsider = openCluster()
  // A member that joins once and is not heard of again, as a process that is stopped.
  const groupId = `${app}.shards`
  const connection = await outsider.coordinator(COORDINATOR.group, groupId, 'group')
  const protocols = [{ name: 'millrace-sticky', metadata: encodeSubscription(`${app}.commands`, []) }]
  const join = (memberId: string) =>
    joinGroupV9.api.async(connection, groupId, MISSED_MS, MISSED_MS, memberId, null, 'consumer', protocols, null)
  const refused: unknown = await join('').catch((error: unknown) => error)
  const { memberId } = Reflect.get(refused as Error, 'response') as { memberId: string }
  await join(memberId)
  // A third one makes the group gather anew: the stopped one keeps the others waiting.
  await using two = createInstance(await openLog(app, { sessionTimeoutMs: 10_000 }))
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const from = performance.now()
  await inTime('closing', Promise.resolve(one[Symbol.asyncDispose]()))
  const took = performance.now() - from
  await leaveGroupV5.api.async(connection, groupId, [{ memberId, reason: 'stopped' }]).catch(() => undefined)
  await until('two holds all', () => two.shards.size === 3)
  assert.ok(took < AT_ONCE_MS, `closing took ${took} ms`)
})

test('own ends at once with an aborted signal, and again and again after it has ended', settings, async () => {
  await using log = await openLog(newApp('again'))
  await log.own(() => Promise.reject(new Error('never called')), AbortSignal.abort())
  for (let round = 0; round < 3; round++) {
    const over = new AbortController()
    const epochs: number[] = []
    const owning = log.own(async (shard) => {
      epochs.push(shard.epoch)
      await aborted(shard.signal)
    }, over.signal)
    await until('three are given', () => epochs.length === 3)
    over.abort()
    await inTime('own() ends', owning)
  }
  const wrong = log.own(() => Promise.reject(new RangeError('a mistake in the work')), new AbortController().signal)
  await assert.rejects(inTime('own() rejects', wrong), RangeError)
  await using after = createInstance(log)
  await until('three are given', () => after.shards.size === 3)
})

test('of many own calls the newest has the shards, and all others end with their signal', settings, async () => {
  const log = await openLog(newApp('many'))
  const instances = Array.from({ length: 8 }, () => createInstance(log))
  await using newest = instances.at(-1)!
  await until('the newest has them', () => newest.shards.size === 3)
  await Promise.all(instances.slice(0, -1).map((instance) => inTime('it ends', instance.owning)))
  assert.equal(newest.shards.size, 3)
})

test('a member that the group has put out claims nothing when it comes back', settings, async () => {
  const app = newApp('expelled')
  await using log = await openLog(app, { partitions: 2 })
  assert.equal(log.partitions, 2)
  const groupId = `${app}.shards`
  // By id, and that begins with the client's, this one would be asked first.
  const clusters = ['a', 'b', 'c'].map((id) => openCluster(id))
  const over = new AbortController()
  const assigned = new Map<string, readonly number[]>()
  const members = ['a', 'b', 'c'].map((id, at) => {
    const membership = new Membership({
      cluster: clusters[at]!,
      groupId,
      topic: `${app}.commands`,
      partitions: 2,
      sessionTimeoutMs: 6_000,
      // The first one hears late what happens to the group.
      heartbeatMs: id === 'a' ? 2_000 : 100,
      instanceId: undefined,
      onAssigned: (mine) => assigned.set(id, mine),
      held: () => assigned.get(id) ?? [],
      decided: () => [],
    })
    return { id, membership }
  })
  const runs: Promise<void>[] = []
  const now = (): string => ['a', 'b', 'c'].map((id) => `${id}:${assigned.get(id)?.join() ?? '?'}`).join(' ')
  try {
    for (const { membership } of members) {
      runs.push(membership.run(over.signal))
      await until('it is in', () => membership.hasJoined)
    }
    await until('two have one each', () => now() === 'a:0 b:1 c:')
    const { groups } = await clusters[1]!
      .coordinator(COORDINATOR.group, groupId, 'look')
      .then((connection) => describeGroupsV5.api.async(connection, [groupId], false))
    const memberId = [...groups[0]!.members.values()].map((each) => each.memberId).find((each) => each.startsWith('a-'))!
    const connection = await clusters[1]!.coordinator(COORDINATOR.group, groupId, 'look')
    await leaveGroupV5.api.async(connection, groupId, [{ memberId, reason: 'put out' }])
    await until('c has what a had', () => now().endsWith('b:1 c:0'))
    await until('a is back, without anything', () => now() === 'a: b:1 c:0')
  } finally {
    over.abort()
    await Promise.all(runs)
    await Promise.all(clusters.map((each) => each.close()))
  }
})

test('a broker that does not take the session timeout is told, not waited for', settings, async () => {
  await using one = createInstance(await openLog(newApp('session'), { sessionTimeoutMs: 2_000_000_000 }))
  await assert.rejects(inTime('own() rejects', one.owning), { code: 'LOG_MISCONFIGURED', message: /session\.timeout/ })
})

test('a group that somebody else uses for something else is told', settings, async () => {
  const app = newApp('foreign-group')
  await using outsider = openCluster()
  const groupId = `${app}.shards`
  const connection = await outsider.coordinator(COORDINATOR.group, groupId, 'group')
  const join = (memberId: string) =>
    joinGroupV9.api.async(
      connection,
      groupId,
      10_000,
      10_000,
      memberId,
      null,
      'connect',
      [{ name: 'other', metadata: Buffer.alloc(4) }],
      null,
    )
  const refused: unknown = await join('').catch((error: unknown) => error)
  await join((Reflect.get(refused as Error, 'response') as { memberId: string }).memberId)
  await using one = createInstance(await openLog(app))
  await assert.rejects(inTime('own() rejects', one.owning), { code: 'LOG_MISCONFIGURED', message: /group/ })
})

test('two logs that take turns lose nothing that was acknowledged, and keep its order', settings, async () => {
  const app = newApp('turns')
  await using one = await openLog(app, { partitions: 1 })
  await using two = await openLog(app, { partitions: 1 })
  const acknowledged: string[] = []
  let sent = 0
  for (let round = 0; round < 6; round++) {
    const log = round % 2 === 0 ? one : two
    const instance = createInstance(log)
    const shard = await instance.shard(0)
    const appends = Array.from({ length: 200 }, () => {
      const id = `c${sent++}`
      return shard.append([newRecord(id), newRecord(id, { index: 1 })]).then(() => void acknowledged.push(id))
    })
    await Promise.race(appends)
    await Promise.all([Promise.allSettled(appends), instance.release()])
  }
  const stored = (await readAll(one, 0))
    .filter(({ record }) => record.kind === 'event')
    .map(({ record }) => `${record.commandId}.${record.index}`)
  for (const id of acknowledged) for (const index of [0, 1]) assert.equal(stored.filter((each) => each === `${id}.${index}`).length, 1)
  assert.deepEqual(
    stored,
    [...stored].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))),
  )
})
