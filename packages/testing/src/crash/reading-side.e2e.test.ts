import assert from 'node:assert/strict'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { MillraceError, start, type Receipt } from '@millrace/core'
import { openSqliteLog, openSqliteLogFollower } from '@millrace/sqlite'
import { seats } from '../fixtures/seats.ts'
import type { Attempt } from './history.ts'
import { seededRandom } from './random.ts'
import { readLog, verifyLog } from './verify-log.ts'

const entry = fileURLToPath(new URL('fixtures/writing-side.ts', import.meta.url))
const KILLS = 3
const BUYERS = 12

test('the read side of an app answers on while its write side is killed and started again, and each command is done once', async () => {
  const seed = Number(process.env['MILLRACE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`reading side: MILLRACE_SEED=${seed}`)
  const random = seededRandom(seed)
  const directory = await mkdtemp(path.join(tmpdir(), 'millrace-sides-'))
  let writing: ChildProcess | undefined
  const startWriting = async (): Promise<void> => {
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined } // it is no test file of the runner's
    writing = fork(entry, [directory], { execArgv: ['--conditions=source'], env })
    const [said] = (await Promise.race([once(writing, 'message'), once(writing, 'exit')])) as readonly unknown[]
    assert.equal(said, 'ready')
  }
  const killWriting = async (): Promise<void> => {
    if (writing?.exitCode !== null || writing.signalCode !== null) return
    const ended = once(writing, 'exit')
    writing.kill('SIGKILL')
    await ended
  }
  try {
    await startWriting()
    const attempts = new Map<string, Attempt>()
    const answers = new Map<string, Receipt[]>()
    {
      await using reading = await start(seats, { log: await openSqliteLogFollower(directory), role: 'read', onTrouble: () => undefined })
      let isOver = false
      let count = 0
      /** As a client that never gives up: under the same id, until it has its answer. */
      const send = async (type: 'Hold' | 'Buy', data: { hallId: string; seats: string[]; by: string }): Promise<Receipt> => {
        const commandId = `c${count++}`
        attempts.set(commandId, { commandId, type, data })
        for (;;) {
          try {
            const receipt = await reading.send(type, data, { commandId, timeoutMs: 2_000 })
            answers.set(commandId, [...(answers.get(commandId) ?? []), receipt])
            return receipt
          } catch (error) {
            if (!(error instanceof MillraceError && error.retriable)) throw error
            await sleep(5)
          }
        }
      }
      const buying = Promise.all(
        Array.from({ length: BUYERS }, async (_, buyer) => {
          while (!isOver) {
            const data = { hallId: `hall ${Math.floor(random() * 6)}`, seats: [`S-${Math.floor(random() * 500)}`], by: `buyer ${buyer}` }
            const held = await send('Hold', data)
            if (held.outcome === 'accepted') await send('Buy', data)
          }
        }),
      )
      buying.catch(() => undefined) // told below
      const untilAnswered = async (more: number): Promise<void> => {
        const enough = answers.size + more
        while (answers.size < enough) await Promise.race([buying, sleep(5)])
      }
      for (let kill = 0; kill < KILLS; kill++) {
        await untilAnswered(100 + Math.floor(random() * 400))
        await killWriting()
        assert.ok((await reading.query('halls', {})) > 0, 'it answers without a writing side')
        await startWriting()
      }
      await untilAnswered(100)
      isOver = true
      await buying
      await reading.query('halls', {}, { maxAgeMs: 0, timeoutMs: 30_000 })
      const { differing, differences } = await reading.verify('plan')
      assert.deepEqual({ differing, differences }, { differing: 0, differences: [] })
    }
    await killWriting()
    await using log = await openSqliteLog(directory)
    verifyLog(await readLog(log), { attempts, answers })
  } finally {
    await killWriting()
    await rm(directory, { recursive: true, force: true })
  }
})
