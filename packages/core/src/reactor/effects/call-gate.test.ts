import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '@millrace/testing'
import { attempts, AttemptsFailed } from './attempts.ts'
import { CallGate } from './call-gate.ts'
import { withDefaults } from './effect-options.ts'

const never = new AbortController().signal
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('so many may call at once, the others in the order in which they came', async () => {
  const gate = new CallGate({ concurrency: 2, breakAfter: 10, cooldownMs: 1_000 }, createVirtualClock())
  const entered: number[] = []
  for (const caller of [1, 2, 3, 4]) void gate.enter(never).then(() => entered.push(caller))
  await settled()
  assert.deepEqual(entered, [1, 2])
  gate.leave(true)
  await settled()
  assert.deepEqual(entered, [1, 2, 3])
  assert.equal(gate.running, 2)
})

test('who gives up waiting is let in no more', async () => {
  const gate = new CallGate({ concurrency: 1, breakAfter: 10, cooldownMs: 1_000 }, createVirtualClock())
  assert.equal(await gate.enter(never), true)
  const leaving = new AbortController()
  const waiting = gate.enter(leaving.signal)
  leaving.abort()
  assert.equal(await waiting, false)
  assert.equal(await gate.enter(leaving.signal), false)
  gate.leave(true)
  assert.equal(gate.running, 0)
})

test('after so many failures in a row nobody calls for a while, then one tries for all', async () => {
  const clock = createVirtualClock()
  const gate = new CallGate({ concurrency: 8, breakAfter: 3, cooldownMs: 1_000 }, clock)
  const fail = async (): Promise<void> => {
    assert.equal(await gate.enter(never), true)
    gate.leave(false)
  }
  await fail()
  await fail()
  assert.equal(await gate.enter(never), true)
  gate.leave(true) // an answer between them: they are not in a row
  for (let n = 0; n < 3; n++) await fail()
  assert.ok(gate.isShut)

  let entered = 0
  for (let n = 0; n < 5; n++) void gate.enter(never).then(() => entered++)
  await clock.advance(999)
  assert.equal(entered, 0)
  await clock.advance(1)
  assert.equal(entered, 1, 'one tries')
  gate.leave(false)
  await clock.advance(999)
  assert.equal(entered, 1, 'it failed: shut again')
  await clock.advance(1)
  assert.equal(entered, 2)
  gate.leave(true)
  await settled()
  assert.equal(entered, 5, 'it went well: open')
  assert.ok(!gate.isShut)
})

const context = (clock: ReturnType<typeof createVirtualClock>, options: Parameters<typeof withDefaults>[0]) => ({
  options: withDefaults(options),
  gate: new CallGate(withDefaults(options), clock),
  clock,
  signal: never,
})

test('an error that says so is not tried again, and does not count as an outage', async () => {
  const clock = createVirtualClock()
  const about = context(clock, { attempts: 5, breakAfter: 1 })
  const refused = Object.assign(new Error('no such account'), { retriable: false })
  await assert.rejects(
    attempts('id', () => Promise.reject(refused), about),
    (error: unknown) => error instanceof AttemptsFailed && error.attempts === 1 && error.cause === refused,
  )
  assert.ok(!about.gate.isShut)
})

test('what waits for an outage to end uses up no attempts', async () => {
  const clock = createVirtualClock()
  const about = context(clock, { attempts: 3, firstDelayMs: 10, maxDelayMs: 10, breakAfter: 2, cooldownMs: 10_000 })
  let calls = 0
  let isUp = false
  const call = (): Promise<string> => {
    calls++
    return isUp ? Promise.resolve('done') : Promise.reject(new Error('down'))
  }
  const calling = attempts('id', call, about)
  await clock.advance(5_000)
  assert.equal(calls, 2)
  isUp = true
  await clock.advance(10_000)
  assert.equal(await calling, 'done')
})

test('the waits of those that failed together lie apart, and are the same when all is done again', async () => {
  const waitsOf = async (id: string): Promise<readonly number[]> => {
    const clock = createVirtualClock()
    const at: number[] = []
    const failing = attempts(
      id,
      () => Promise.reject(new Error(String(at.push(clock.nowMs())))),
      context(clock, { attempts: 4, firstDelayMs: 100 }),
    )
    failing.catch(() => undefined)
    await clock.advance(2_000)
    return at
  }
  assert.deepEqual(await waitsOf('one'), await waitsOf('one'))
  assert.notDeepEqual(await waitsOf('one'), await waitsOf('other'))
})
