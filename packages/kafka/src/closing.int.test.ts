import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { aborted, brokers, codeOf, createInstance, inTime, newApp, newCommand, newRecord, openLog, skip, until } from './fixtures/logs.ts'

const settings = { skip, timeout: 240_000 }

test('closing at any stage leaves no promise open, and no rejection that nobody sees', settings, async () => {
  const unseen: unknown[] = []
  const note = (error: unknown): void => void unseen.push(error)
  process.on('unhandledRejection', note)
  try {
    for (const waitMs of [0, 1, 3, 6, 10, 20, 40, 80]) {
      const log = await openLog(newApp('stages'))
      const signal = AbortSignal.timeout(30_000)
      const work = log.own(async (shard) => {
        const appends = Array.from({ length: 20 }, (_, at) => codeOf(shard.append([newRecord(`c${at}`)])))
        for await (const some of shard.commands(0, 10)) if (some.length === 0) break
        await aborted(shard.signal)
        await Promise.all(appends)
      }, signal)
      const promises = [
        codeOf(work),
        ...Array.from({ length: 3 }, (_, partition) => codeOf(log.submit(partition, newCommand('c')))),
        codeOf(log.ends()),
        codeOf(
          (async () => {
            for await (const batch of log.read(0, 0, signal)) if (batch.partition !== 0) break
          })(),
        ),
      ]
      await new Promise((resolve) => setTimeout(resolve, waitMs))
      await inTime(`closing after ${waitMs} ms`, Promise.resolve(log[Symbol.asyncDispose]()), 20_000)
      for (const code of await inTime(`all settle after ${waitMs} ms`, Promise.all(promises), 20_000))
        assert.ok(['none', 'LOG_CLOSED', 'LOG_UNAVAILABLE', 'LOG_OUTCOME_UNKNOWN'].includes(code), code)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.deepEqual(unseen, [])
  } finally {
    process.off('unhandledRejection', note)
  }
})

test('a process that has closed its log ends by itself', settings, async () => {
  const app = newApp('exit')
  const script = `
    import { openKafkaLog } from ${JSON.stringify(new URL('./open-kafka-log.ts', import.meta.url).href)}
    const log = await openKafkaLog({ brokers: ${JSON.stringify(brokers)}, app: '${app}', partitions: 2 })
    const given = Promise.withResolvers()
    log.own(async (shard) => {
      await shard.append([{ kind: 'event', type: 'E', key: 'k', timeMs: 1, data: '{}', commandId: 'c', index: 0, commandOffset: 0, fingerprint: 1 }])
      void (async () => { for await (const some of shard.commands(0, 10)) if (some.length === 0) break })()
      given.resolve()
      await new Promise((resolve) => shard.signal.addEventListener('abort', resolve))
    }, new AbortController().signal).catch((error) => { if (error.code !== 'LOG_CLOSED') throw error })
    void (async () => { for await (const batch of log.read(1, 0, new AbortController().signal)) void batch })()
    await given.promise
    await log.submit(0, { id: 'c', type: 'C', key: 'k', timeMs: 1, data: '{}' })
    await log[Symbol.asyncDispose]()
    console.log('closed')
  `
  const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', script], { cwd: import.meta.dirname })
  let closedAt = 0
  let said = ''
  child.stdout.on('data', () => (closedAt = performance.now()))
  child.stderr.on('data', (text) => (said += String(text)))
  const [code] = (await inTime('it ends', once(child, 'exit'), 90_000)) as [number]
  assert.equal(code, 0, said)
  assert.ok(closedAt > 0 && performance.now() - closedAt < 10_000, said)
})

test('reads that come and go leave nothing behind on signals that stay', settings, async () => {
  await using instance = createInstance(await openLog(newApp('signals')))
  const shard = await instance.shard(0)
  await shard.append([newRecord('a')])
  const warnings: Error[] = []
  const note = (warning: Error): void => void warnings.push(warning)
  process.on('warning', note)
  const long = new AbortController()
  for (let at = 0; at < 300; at++) for await (const batch of instance.log.read(0, 0, long.signal)) if (batch.next > 1) break
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      const short = new AbortController()
      for await (const batch of instance.log.read(0, 0, AbortSignal.any([long.signal, short.signal])))
        if (batch.next > 1) setImmediate(() => short.abort())
    }),
  )
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', note)
  assert.deepEqual(warnings, [])
  long.abort()
  await until('nothing is wrong', () => instance.log.trouble() === undefined)
})
