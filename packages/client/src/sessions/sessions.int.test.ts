/**
 * People whose requests go to any instance and are cut off now and then, while instances restart and the read model is
 * rebuilt: each of them reads their own writes and never goes back, in queries and live queries.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '@millrace/testing/crash'
import { MillraceClientError } from '../client-error.ts'
import { createClient } from '../client.ts'
import { isReached } from '../session-position.ts'
import { openInstances, setups, type counters, type Instances } from './fixtures/instances.ts'

const PEOPLE = 6
/** At least; more where little has happened by then, as on a slow machine. */
const RESTARTS = 3
const GIVE_UP_AFTER_MS = 180_000
const seed = Number(process.env['MILLRACE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

/** What happened, so that nothing is proved by nothing happening. */
interface Seen {
  queries: number
  changes: number
  cut: number
  stale: number
  readonly problems: string[]
}

interface Person {
  readonly name: string
  readonly instances: Instances
  readonly random: () => number
  readonly seen: Seen
  readonly signal: AbortSignal
}

/** A client that goes to any instance with every request, and whose connections are cut. */
function createHopping({ instances, random, seen }: Person, [least, most]: readonly [number, number]) {
  const hopping: typeof fetch = async (input, init) => {
    const { all } = instances
    const { url } = all[Math.floor(random() * all.length)]!
    const cut = new AbortController()
    const timer = setTimeout(
      () => {
        seen.cut++
        cut.abort()
      },
      least + random() * (most - least),
    )
    const signal = init?.signal instanceof AbortSignal ? AbortSignal.any([init.signal, cut.signal]) : cut.signal
    // The timer goes on while the body is read: that is cut off, too.
    timer.unref()
    return fetch((input as string).replace('http://app', url), { ...init, signal }).catch((error: unknown) => {
      if (cut.signal.aborted) seen.cut++
      throw error
    })
  }
  return createClient<typeof counters>({ url: 'http://app', fetch: hopping, retries: 100 })
}

async function ask(person: Person): Promise<void> {
  const { name, random, seen, signal } = person
  const client = createHopping(person, [1, 400])
  const written = new Map<string, number>()
  const known = new Map<string, number>()
  while (!signal.aborted) {
    const id = `${name}/${Math.floor(random() * 3)}`
    if (random() < 0.4) {
      const { outcome } = await client.send('Add', { id })
      assert.equal(outcome, 'accepted')
      written.set(id, (written.get(id) ?? 0) + 1)
    }
    const before = client.position
    try {
      const { data, position } = await client.answer('count', { id })
      seen.queries++
      if (!isReached(position, before)) seen.problems.push(`${name}: an answer at ${position} after ${before}`)
      if (data.count !== (written.get(id) ?? 0))
        seen.problems.push(`${name}: ${id} has ${data.count} of ${written.get(id) ?? 0} at ${position}`)
      const { counts } = await client.query('counts', { prefix: `${name}/` })
      const sum = counts.reduce((all, each) => all + each, 0)
      const least = known.get(name) ?? 0
      if (sum < least) seen.problems.push(`${name}: ${sum} in all after ${least}`)
      known.set(name, sum)
    } catch (error) {
      // In time, or not at all: and then it says how far the read model is.
      if (!(error instanceof MillraceClientError) || error.code !== 'QUERY_STALE' || error.position === undefined) throw error
      seen.stale++
    }
    await sleep(random() * 20)
  }
}

/** Watches what another one writes. */
function watch(person: Person, whom: string): Promise<void> {
  const { name, seen, signal } = person
  const client = createHopping(person, [50, 1_500])
  let last = { position: '', count: 0 }
  return new Promise((resolve, reject) => {
    const stop = client.watch(
      'count',
      { id: `${whom}/0` },
      {
        onData({ count }, { position }) {
          seen.changes++
          if (!isReached(position, last.position)) seen.problems.push(`${name}: a change at ${position} after ${last.position}`)
          if (count < last.count) seen.problems.push(`${name}: ${count} after ${last.count}, at ${position} after ${last.position}`)
          last = { position, count }
        },
        onError: reject,
      },
    )
    signal.addEventListener('abort', () => {
      stop()
      resolve()
    })
  })
}

const isEnough = ({ queries, changes, cut }: Seen): boolean => queries > 40 && changes > 8 && cut > 20

async function disturb({ all }: Instances, seen: Seen): Promise<number> {
  let rebuilt = 0
  const endMs = performance.now() + GIVE_UP_AFTER_MS
  for (let round = 0; round < RESTARTS || ((rebuilt === 0 || !isEnough(seen)) && performance.now() < endMs); round++) {
    for (const instance of all) {
      await sleep(1_000)
      const done = instance.running?.rebuild('counts').then(
        () => rebuilt++,
        () => undefined, // stopped in the middle of it
      )
      if (round % 2 === 0) await done
      await instance.stop()
      await sleep(100)
      await instance.start()
    }
  }
  await sleep(400)
  return rebuilt
}

for (const setup of setups) {
  test(`nobody goes back, and everybody reads their own writes: ${setup.name}`, { skip: setup.skip, timeout: 280_000 }, async (context) => {
    context.diagnostic(`MILLRACE_SEED=${seed}`)
    await using instances = await openInstances(setup)
    const over = new AbortController()
    const seen: Seen = { queries: 0, changes: 0, cut: 0, stale: 0, problems: [] }
    const people = Array.from({ length: PEOPLE }, (_, at) => {
      const person = { name: `p${at}`, instances, random: seededRandom(seed + at), seen, signal: over.signal }
      return [ask(person), watch({ ...person, random: seededRandom(seed + 100 + at) }, `p${(at + 1) % PEOPLE}`)]
    })
    const rebuilt = await disturb(instances, seen).finally(() => over.abort())
    await Promise.all(people.flat())
    context.diagnostic(`${seen.queries} queries, ${seen.changes} changes, ${seen.cut} cut, ${seen.stale} stale, ${rebuilt} rebuilds`)
    assert.deepEqual(seen.problems.slice(0, 10), [])
    assert.ok(isEnough(seen) && rebuilt > 0, `${JSON.stringify(seen)}, ${rebuilt} rebuilds: too little has happened`)
    for (const { running } of instances.all) assert.equal((await running!.verify('counts')).differing, 0)
  })
}
