import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createMemoryLog, createMemorySharedReadStore, MillraceError, type Log, type SharedReadStore } from '@millrace/core'
import { openCounters, problemOf } from './fixtures/counters.ts'

const add = { id: 'a', by: 1 }

test('while the log is away commands are refused with 503 and when to try again, queries go on, and all comes back', async () => {
  let away: MillraceError | undefined
  const memory = createMemoryLog({ partitions: 2 })
  const log: Log = {
    ...memory,
    trouble: () => away,
    submit: (partition, command) => (away === undefined ? memory.submit(partition, command) : Promise.reject(away)),
  }
  await using at = await openCounters({ log })
  for (let status = 503; status !== 200;) ({ status } = await at.get('/health/ready'))
  assert.equal((await at.post('/commands/Add', add)).status, 200)

  away = new MillraceError('LOG_UNAVAILABLE', 'no broker at secret.example:9092 answers')
  for (const prefer of ['respond-async', 'wait=1']) {
    const refused = await at.post('/commands/Add', add, { prefer })
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1'])
    assert.equal((await problemOf(refused)).code, 'LOG_UNAVAILABLE')
  }
  assert.equal((await at.get('/queries/total?id=a')).status, 200)
  assert.equal((await at.get('/health/live')).status, 200)
  const ready = await at.get('/health/ready')
  assert.equal(ready.status, 503)
  assert.deepEqual(await ready.json(), { status: 'not ready', role: 'all', waiting: ['the log is unavailable (LOG_UNAVAILABLE)'] })
  assert.match(await (await at.get('/metrics')).text(), /^millrace_log_available 0$/m)

  away = undefined
  assert.equal((await at.post('/commands/Add', add)).status, 200)
  assert.equal((await at.get('/health/ready')).status, 200)
  assert.match(await (await at.get('/metrics')).text(), /^millrace_log_available 1$/m)
})

test('while the read store is away it is not ready, and says why', async () => {
  let tell: (trouble: MillraceError | undefined) => void = () => undefined
  const store: SharedReadStore = { ...createMemorySharedReadStore(), watch: (listener) => void (tell = listener) }
  await using at = await openCounters({ store })
  for (let status = 503; status !== 200;) ({ status } = await at.get('/health/ready'))
  tell(new MillraceError('STORE_UNAVAILABLE', 'PostgreSQL at secret.example does not answer'))
  const ready = await at.get('/health/ready')
  assert.equal(ready.status, 503)
  assert.deepEqual(await ready.json(), { status: 'not ready', role: 'all', waiting: ['the read store is unavailable (STORE_UNAVAILABLE)'] })
  assert.match(await (await at.get('/metrics')).text(), /^millrace_store_available 0$/m)
  assert.equal((await at.post('/commands/Add', add)).status, 200, 'commands go on')
  tell(undefined)
  assert.equal((await at.get('/health/ready')).status, 200)
  assert.match(await (await at.get('/metrics')).text(), /^millrace_store_available 1$/m)
})

test('what was passed over can be seen, with its reason, and is counted', async () => {
  const log = createMemoryLog({ partitions: 1 })
  await using at = await openCounters({ log })
  const foreign = { id: 'f1', type: 'Add', key: 'a', timeMs: 1, data: '{"id":"a","by":"secret"}', isForeign: true }
  await log.submit(0, foreign)
  while (at.running.counters().parked === 0) await sleep(1)
  const response = await at.get('/ops/parked')
  assert.equal(response.headers.get('cache-control'), 'no-store')
  const { count, commands, events } = (await response.json()) as {
    readonly count: number
    readonly commands: readonly { readonly timeMs: number }[]
    readonly events: readonly unknown[]
  }
  const timeMs = commands[0]?.timeMs
  const reason = "command 'f1': its data does not fit the schema of Add: by: invalid_type"
  assert.deepEqual(
    { count, commands, events },
    {
      count: 1,
      commands: [{ topic: 'commands', partition: 0, offset: 0, timeMs, reason, commandId: 'f1', type: 'Add', key: 'a' }],
      events: [],
    },
  )
  const asked = await problemOf(await at.get('/commands/f1'))
  assert.deepEqual([asked.status, asked.code], [404, 'COMMAND_UNKNOWN'])
  assert.match(asked.detail, /'f1' \(partition 0, offset 0\) .* passed over\. GET \/ops\/parked/)
  assert.doesNotMatch(asked.detail, /secret|invalid_type/, 'why is for operators')
  assert.doesNotMatch((await problemOf(await at.get('/commands/f2'))).detail, /passed over/)
  await at.add('a', 1, 'f1')
  assert.equal((await at.get('/commands/f1')).status, 200, 'as it should be, it is decided under the same id')
  const metrics = await (await at.get('/metrics')).text()
  for (const line of [
    'millrace_commands_parked_total 1',
    'millrace_commands_total{outcome="accepted"} 1',
    'millrace_shard_epoch{partition="0"} 1',
    'millrace_shard_next_command{partition="0"} 2',
  ]) {
    assert.ok(metrics.split('\n').includes(line), line)
  }
})
