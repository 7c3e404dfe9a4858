/** What became of a command can be asked for on any instance, and a repeated one is answered as the first time on any. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openInstances, setups, type Instance } from './fixtures/instances.ts'

const [setup] = setups.filter(({ instances }) => instances > 1)
const settings = { skip: setup!.skip, timeout: 280_000 }

interface Told {
  readonly status: number
  readonly text: string
}

async function post({ url }: Instance, type: string, data: object, commandId: string): Promise<Told> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': commandId }
  for (;;) {
    const response = await fetch(`${url}/commands/${type}`, { method: 'POST', headers, body: JSON.stringify(data) })
    const text = await response.text()
    if (response.status !== 202 && response.status !== 503) return { status: response.status, text }
  }
}

/** Resolves once the instance knows: it follows the log a moment behind whoever decided. */
async function outcomeOf({ url }: Instance, commandId: string): Promise<Told> {
  const untilMs = performance.now() + 60_000
  for (;;) {
    const response = await fetch(`${url}/commands/${commandId}`)
    const text = await response.text()
    if (response.status === 200 || performance.now() > untilMs) return { status: response.status, text }
  }
}

/** Accepted, rejected and failed, for each of eight counters: of all shards. */
const commands = Array.from({ length: 8 }, (_, at) => `c${at}`).flatMap((id) => [
  { type: 'Add', data: { id }, commandId: `add-${id}`, status: 200 },
  { type: 'Add', data: { id, by: 2 }, commandId: `too-much-${id}`, status: 409 },
  { type: 'Break', data: { id }, commandId: `break-${id}`, status: 500 },
])

test('the same answer on every instance, also while another one owns the shard, and after it has gone', settings, async () => {
  await using instances = await openInstances(setup!)
  const [one, other] = instances.all as [Instance, Instance]
  // Shared between them: whatever is sent, half of it is for a shard of the other one.
  const owned = (): readonly number[] => instances.all.map(({ running }) => running!.status().shards.length)
  for (const untilMs = performance.now() + 60_000; !owned().every((count) => count === 2);) {
    assert.ok(performance.now() < untilMs, `shards are not shared: ${owned().join(' and ')}`)
    await sleep(20)
  }
  const first = await Promise.all(commands.map(({ type, data, commandId }) => post(one, type, data, commandId)))
  assert.deepEqual(
    first.map(({ status }) => status),
    commands.map(({ status }) => status),
  )
  const receipts = await Promise.all(commands.map(({ commandId }) => outcomeOf(one, commandId)))
  const sameOn = async (instance: Instance, when: string): Promise<void> => {
    for (const [at, { type, data, commandId }] of commands.entries()) {
      assert.deepEqual(await outcomeOf(instance, commandId), receipts[at], `${when}: the outcome of ${commandId}`)
      assert.deepEqual(await post(instance, type, data, commandId), first[at], `${when}: ${commandId} again`)
    }
  }
  await sameOn(other, 'on the other instance')
  const reused = await post(other, 'Add', { id: 'c1' }, 'add-c0')
  assert.equal(reused.status, 422)
  assert.match(reused.text, /COMMAND_ID_REUSED/)
  await one.stop()
  await sameOn(other, 'after the first one has stopped')
  await one.start()
  await sameOn(one, 'after it has come back')
  for (const { running } of instances.all)
    for (let at = 0; at < 8; at++) assert.equal((await running!.query('count', { id: `c${at}` }, { maxAgeMs: 0 })).count, 1)
})

test('sent to all instances at once, again and again, it is done once and all get one answer', settings, async () => {
  await using instances = await openInstances(setup!)
  for (let round = 0; round < 10; round++) {
    const id = `r${round}`
    const told = await Promise.all(Array.from({ length: 20 }, (_, at) => post(instances.all[at % 2]!, 'Add', { id }, `at-once-${round}`)))
    assert.deepEqual(new Set(told.map(({ status, text }) => `${status} ${text}`)).size, 1)
    assert.equal(told[0]!.status, 200)
    for (const { running } of instances.all) assert.equal((await running!.query('count', { id }, { maxAgeMs: 0 })).count, 1)
  }
})
