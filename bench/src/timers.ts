import { aggregate, app, command, event, schedule, start } from '@millrace/core'
import { openSqliteLog } from '@millrace/sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { z } from 'zod'
import { bench } from './shared/bench.ts'
import { openDirectory } from './shared/directory.ts'
import { figure } from './shared/figures.ts'

const PENDING = 1_000_000
const DUE = 5_000
const KEYS = 10_000
const IN_FLIGHT = 4_000
/** The rest is due in a day. */
const LATER_MS = 86_400_000

const SetReminder = z.object({ keyId: z.string(), timerId: z.string(), dueMs: z.number() })
const reminder = aggregate('reminder', {
  commands: { SetReminder, Remind: z.object({ keyId: z.string(), timerId: z.string() }) },
  events: { Reminded: z.object({ timerId: z.string() }) },
  internal: ['Remind'],
  key: ({ keyId }) => keyId,
  initialState: () => 0,
  decide: {
    SetReminder: ({ keyId, timerId, dueMs }) => [schedule(dueMs, command('Remind', { keyId, timerId }), { name: timerId })],
    Remind: ({ timerId }) => [event('Reminded', { timerId })],
  },
  evolve: { Reminded: (count) => count + 1 },
})
const reminders = app('reminders', { aggregates: [reminder] })

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What is alive after a collection, in MB. */
function usedMegabytes(): number {
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1e6
}

await bench({
  claim: 'timers',
  title: `${figure(PENDING)} timers pending, ${figure(DUE)} of them due within one second`,
  help: `On the embedded log, in one process, 12 partitions. Each timer has a name, so that it could be taken back, and belongs to one of
${figure(KEYS)} aggregates. Memory is what is alive after a collection, less what was before the first timer was set. Of those that are due, it is
measured how late the log has each of them, and whether any fired twice or early.`,
  async run({ isQuick, say }) {
    const pending = isQuick ? PENDING / 10 : PENDING
    await using directory = await openDirectory('timers')
    const log = await openSqliteLog(directory.path)
    await using running = await start(reminders, { log, rememberedPositions: 1_024, maxInFlight: 2 * IN_FLIGHT })
    const beforeMb = usedMegabytes()
    const startMs = performance.timeOrigin + performance.now()
    // Far enough ahead that all are set by then.
    const dueMs = startMs + (isQuick ? 30_000 : 180_000)
    let next = 0
    let told = 0
    const setting = async (): Promise<void> => {
      for (let at = next++; at < pending; at = next++) {
        const isDue = at % (pending / DUE) === 0
        const when = isDue ? dueMs + ((at / (pending / DUE)) % 1_000) : startMs + LATER_MS + at
        await running.send('SetReminder', { keyId: `customer-${at % KEYS}`, timerId: `timer-${at}`, dueMs: when }, { timeoutMs: 60_000 })
        if (at / pending >= told + 0.1) say(`${Math.round((told += 0.1) * 100)} % are set`)
      }
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, setting))
    const setSeconds = (performance.timeOrigin + performance.now() - startMs) / 1_000
    await sleep(1_000)
    const moreMb = usedMegabytes() - beforeMb
    say(`all are set, after ${figure(setSeconds)} s; ${figure(moreMb)} MB more`)

    const seen = new Map<string, number>()
    let early = 0
    let twice = 0
    const stop = new AbortController()
    const reading = (await log.ends()).map(async (end, partition) => {
      for await (const { records } of log.read(partition, end, stop.signal)) {
        for (const { kind, data, timeMs } of records) {
          if (kind !== 'event') continue
          const { timerId } = JSON.parse(data) as { readonly timerId: string }
          if (seen.has(timerId)) twice++
          if (timeMs < dueMs) early++
          seen.set(timerId, performance.timeOrigin + performance.now())
        }
      }
    })
    const waitMs = dueMs - (performance.timeOrigin + performance.now())
    if (waitMs < 0) throw new Error('the machine is too slow: timers were due before all were set')
    await sleep(waitMs)
    for (let waited = 0; seen.size < DUE && waited < 30_000; waited += 10) await sleep(10)
    stop.abort()
    await Promise.all(reading)
    const lastMs = Math.max(...seen.values()) - dueMs
    return {
      rounds: 1,
      columns: ['', ''],
      rows: [
        ['timers pending', figure(pending)],
        ['memory for them', `${figure(moreMb)} MB`],
        ['set in', `${figure(setSeconds)} s, each durable: ${figure(pending / setSeconds)}/s`],
        ['due within one second', figure(DUE)],
        ['fired', `${figure(seen.size)}, ${twice} twice, ${early} early`],
        ['the last is in the log, after the first was due', `${figure(lastMs)} ms`],
      ],
      checks: [
        { what: 'fired, once each', measured: seen.size - twice - early, unit: '', target: DUE, is: 'at least' },
        { what: 'all are in the log, after the first was due', measured: lastMs, unit: ' ms', target: 2_000, is: 'at most' },
        { what: 'memory', measured: moreMb, unit: ' MB', target: 300, is: 'at most' },
      ],
      notes: ['memory of a tenth as many timers, where it was a quick run'].filter(() => isQuick),
      raw: { moreMb, setSeconds, lastMs, twice, early },
    }
  },
})
