import { setTimeout as sleep } from 'node:timers/promises'
import type { Usage } from './servers/millrace.ts'
import type { Delivered, WatchersRequest } from './servers/watchers.ts'
import { bench } from './shared/bench.ts'
import { openChild } from './shared/child.ts'
import { openDirectory } from './shared/directory.ts'
import { figure, median, toLatencies, type Latencies } from './shared/figures.ts'
import { epochMs, tick } from './shared/metronome.ts'
import { seatsOf } from './shared/shows.ts'
import { expectOk, get, post } from './shared/wire.ts'
import { WirePool } from './shared/wire-pool.ts'

const PER_SECOND = 100
const DEAF = 1_000
/** What the load itself takes is measured with so few: what the many add is what a watcher costs. */
const FEW = 10
/** Longer than a server waits for one who does not read (30 s). */
const DEAF_FOR_MS = 36_000
const SHOW = 'show-0'
const PATH = `/queries/seatMap?showId=${SHOW}`
const LIVE = `/live?watch=${encodeURIComponent(`seatMap?showId=${SHOW}`)}`

interface Round {
  readonly commands: number
  readonly missing: number
  readonly latencyMs: Latencies
  readonly answeredMs: Latencies
  readonly framesPerCommand: number
  readonly cpuShare: number
}

await bench({
  claim: 'watchers',
  title: `live watchers of one arena (20,000 seats, half taken), ${PER_SECOND} commands a second`,
  help: `Three processes: the tickets app, one with 5,000 SSE clients (500 with --quick) of /live, and this one, which holds a fresh seat of
the arena at a fixed rate. Each change is timed for each watcher, from when the command was due until its client has parsed the
patch. Memory is what they add to that of the server under the same load with ${FEW}. At the end every watcher's merged map is compared with the query's answer. Then 1,000 more connect (a fourth process), and
stop reading for longer than the server waits for them, while all goes on. Needs as many open files: \`ulimit -n 16000\`.`,
  async run({ isQuick, say }) {
    const rounds = 3
    const forMs = isQuick ? 2_000 : 9_000
    const watchers = isQuick ? 500 : 5_000
    await using directory = await openDirectory('watchers')
    await using server = await openChild<{ readonly port: number }>('servers/millrace.ts', {
      directory: directory.path,
      app: 'tickets',
      shows: [{ hall: 'arena', ids: [SHOW], isHalfTaken: true }],
    })
    // The last four of every eight are free.
    const seats = seatsOf('arena')
      .filter((_, at) => at % 8 >= 4)
      .slice(0, 9_000)
    using pool = await WirePool.open(server.ready.port, 16)
    let next = 0
    const hold = async (seat: number): Promise<void> => {
      const holdId = `live-${seat}`
      const data = { showId: SHOW, holdId, customerId: holdId, seats: [seats[seat]] }
      expectOk(await pool.ask(post('/commands/HoldSeats', JSON.stringify(data))))
    }
    say('warming up')
    await tick(PER_SECOND, 3_000, () => hold(next++))
    const idle = await server.ask<Usage>({})
    // Until the young generation is as large as this load makes it: until then all that grows would be put down to who comes next.
    say(`the same load, and ${FEW} watchers`)
    const withFew = await (async () => {
      await using _few = await openChild('servers/watchers.ts', { port: server.ready.port, path: LIVE, watchers: FEW, seats })
      await tick(PER_SECOND, isQuick ? 5_000 : 15_000, () => hold(next++))
      return await server.ask<Usage>({})
    })()
    say(`connecting ${figure(watchers)} watchers`)
    const connectMs = performance.now()
    await using watching = await openChild('servers/watchers.ts', { port: server.ready.port, path: LIVE, watchers, seats })
    const connectedSeconds = (performance.now() - connectMs) / 1_000
    say(`connected in ${figure(connectedSeconds)} s`)
    /** Sends for that long, waits until all have all, and says how that went. */
    const measure = async (milliseconds: number): Promise<Round> => {
      const from = next
      const dueMs: number[] = []
      const answered: number[] = []
      const before = await server.ask<Usage>({})
      const startMs = performance.now()
      const framesBefore = (await watching.ask<Delivered>({ from, to: from } satisfies WatchersRequest)).frames
      await tick(PER_SECOND, milliseconds, async (due) => {
        const at = next++
        dueMs[at - from] = due
        await hold(at)
        answered.push(epochMs() - due)
      })
      const after = await server.ask<Usage>({})
      const wallMs = performance.now() - startMs
      const asked = { from, to: next } satisfies WatchersRequest
      let delivered = await watching.ask<Delivered>(asked)
      for (const waitUntilMs = performance.now() + 5_000; delivered.missing > 0 && performance.now() < waitUntilMs;) {
        await sleep(200)
        delivered = await watching.ask<Delivered>(asked)
      }
      if (delivered.ended > 0) throw new Error(`${delivered.ended} watchers were cut off`)
      const commands = next - from
      const latencies = delivered.atMs.map((at, index) => (at === 0 ? Number.POSITIVE_INFINITY : at - dueMs[index % commands]!))
      return {
        commands,
        missing: delivered.missing,
        latencyMs: toLatencies(latencies),
        answeredMs: toLatencies(answered),
        framesPerCommand: (delivered.frames - framesBefore) / watchers / commands,
        cpuShare: (after.cpuMs - before.cpuMs) / wallMs,
      }
    }

    const metric = async (name: string): Promise<number> => {
      const { body } = expectOk(await pool.ask(get('/metrics')))
      return Number(new RegExp(`^${name} (.*)$`, 'm').exec(body.toString())?.[1])
    }

    await measure(forMs / 4)
    const memory: Usage[] = []
    const sampling = setInterval(() => void server.ask<Usage>({}).then((usage) => memory.push(usage)), isQuick ? 250 : 500)
    const found: Round[] = []
    for (let round = 1; round <= rounds; round++) {
      const one = await measure(forMs)
      found.push(one)
      say(
        `round ${round}: p99 ${figure(one.latencyMs.p99)} ms, ${one.missing} missing, server at ${figure(one.cpuShare * 100)} % of a core`,
      )
    }
    clearInterval(sampling)

    const deafCount = isQuick ? 100 : DEAF
    await using deaf = await openChild('servers/watchers.ts', { port: server.ready.port, path: LIVE, watchers: deafCount, seats })
    await deaf.ask({ isDeaf: true } satisfies WatchersRequest)
    const beforeDeaf = await server.ask<Usage>({})
    let mostDeaf = 0
    const deafSampling = setInterval(
      () => void server.ask<Usage>({}).then(({ rssBytes }) => (mostDeaf = Math.max(mostDeaf, rssBytes - beforeDeaf.rssBytes))),
      500,
    )
    const beside = await measure(DEAF_FOR_MS)
    clearInterval(deafSampling)
    const dropped = await metric('millrace_live_streams_ended_total\\{reason="stalled"\\}')
    say(
      `${figure(deafCount)} do not read: p99 of the others ${figure(beside.latencyMs.p99)} ms, ${figure(mostDeaf / 2 ** 20)} MiB more at most, ${dropped} dropped`,
    )
    const { taken } = JSON.parse(expectOk(await pool.ask(get(PATH))).body.toString()) as { readonly taken: Record<string, string> }
    const { different } = await watching.ask<{ readonly different: number }>({ map: taken } satisfies WatchersRequest)

    const rss = memory.map(({ rssBytes }) => rssBytes / 2 ** 20)
    const heap = memory.map(({ heapBytes }) => heapBytes / 2 ** 20)
    const third = Math.floor(rss.length / 3)
    const addedKiB = (before: Usage, more: number): number => (median(rss) - before.rssBytes / 2 ** 20) * (1_024 / more)
    const firstThird = median(rss.slice(0, third))
    const lastThird = median(rss.slice(-third))
    const of = (pick: (round: Round) => number): number => median(found.map(pick))
    const row = (label: string, pick: (round: Round) => Latencies): readonly string[] => [
      label,
      figure(of((one) => pick(one).p50)),
      figure(of((one) => pick(one).p99)),
      figure(of((one) => pick(one).p999)),
      figure(Math.max(...found.map((one) => pick(one).max))),
    ]
    return {
      rounds,
      columns: ['', 'p50 ms', 'p99 ms', 'p99.9 ms', 'max ms'],
      rows: [
        row(`change received by each of ${figure(watchers)} watchers`, ({ latencyMs }) => latencyMs),
        row('the command itself answered', ({ answeredMs }) => answeredMs),
        [
          `change received by each, while ${figure(deafCount)} others do not read`,
          ...(['p50', 'p99', 'p999', 'max'] as const).map((which) => figure(beside.latencyMs[which])),
        ],
      ],
      checks: [
        {
          what: 'changes not delivered',
          measured: [...found, beside].reduce((sum, { missing }) => sum + missing, 0),
          unit: '',
          target: 0,
          is: 'at most',
        },
        { what: 'watchers whose map differs at the end', measured: different, unit: '', target: 0, is: 'at most' },
        {
          what: 'command due → change received, p99',
          measured: of(({ latencyMs }) => latencyMs.p99),
          unit: ' ms',
          target: 250,
          is: 'at most',
        },
        {
          what: `memory for each watcher, beside ${FEW} under the same load`,
          measured: addedKiB(withFew, watchers - FEW),
          unit: ' KiB',
          target: 20,
          is: 'at most',
        },
        {
          what: `p99 while ${figure(deafCount)} do not read, to that before`,
          measured: beside.latencyMs.p99 / of(({ latencyMs }) => latencyMs.p99),
          unit: ' ×',
          target: 1.2,
          is: 'at most',
        },
        {
          what: 'memory for each that does not read, beside that of a watcher',
          measured: mostDeaf / deafCount / 1_024,
          unit: ' KiB',
          target: 100,
          is: 'at most',
        },
        {
          what: 'server memory, last third to first third of the run',
          measured: lastThird / firstThird,
          unit: ' ×',
          target: 1.1,
          is: 'at most',
        },
      ],
      notes: [
        `${figure(of(({ commands }) => commands))} commands a round: ${figure(found.reduce((sum, { commands }) => sum + commands, 0) * watchers)} deliveries; ${figure(of(({ framesPerCommand }) => framesPerCommand))} frames a command and watcher (fewer than 1: changes were merged)`,
        `server: RSS ${figure(Math.min(...rss))}–${figure(Math.max(...rss))} MiB, median of the first third ${figure(firstThird)}, of the last ${figure(lastThird)}; heap in use ${figure(Math.min(...heap))}–${figure(Math.max(...heap))} MiB; ${figure(of(({ cpuShare }) => cpuShare) * 100)} % of a core`,
        `server before: ${figure(idle.rssBytes / 2 ** 20)} MiB after 3 s of the load with nobody watching, ${figure(withFew.rssBytes / 2 ** 20)} with ${FEW} watchers and the load for some time: V8's young generation fills up, whoever watches. Put down to the watchers as well, that would be ${figure(addedKiB(idle, watchers))} KiB each`,
        `of those that do not read, the server noticed and dropped ${dropped}: the kernel takes up to 4 MiB for each first`,
        `${figure(watchers)} watchers connected, each with its snapshot, in ${figure(connectedSeconds)} s; the p99 of rounds is ${found.map(({ latencyMs }) => figure(latencyMs.p99)).join(', ')} ms`,
      ],
      raw: { found, beside, idle, withFew, mostDeaf, memory, different, connectedSeconds },
    }
  },
})
