import { join } from 'node:path'
import type { Asked } from './servers/asker.ts'
import type { ServerRequest, ServerSettings } from './servers/millrace.ts'
import { bench } from './shared/bench.ts'
import { openChild, type Child } from './shared/child.ts'
import { openDirectory } from './shared/directory.ts'
import { drive, type Driven } from './shared/drive.ts'
import { figure, median, toLatencies, type Latencies } from './shared/figures.ts'
import { holdInArenas, showIds } from './shared/shows.ts'
import { packageVersion } from './shared/versions.ts'
import { expectOk, get, openWires, post, type Wire } from './shared/wire.ts'

const PER_SECOND = 500
const PATH = '/queries/seatMap?showId=theatre'
const ARENAS = 200
const CONNECTIONS = 64
type Server = Child & { readonly ready: { readonly port: number } }
const peers = ['millrace', 'split', 'bare'] as const
type Peer = (typeof peers)[number]
type Phase = 'idle' | 'over HTTP' | 'from inside'

interface Round {
  readonly fromDue: Latencies
  readonly fromSent: Latencies
  readonly commandsPerSecond: number
}

await bench({
  claim: 'seat-map-under-load',
  title: `GET /queries/seatMap of the theatre, ${PER_SECOND} a second, while commands run at full speed`,
  help: `Three processes on the machine's cores: the tickets app, one that does nothing but ask (open loop: each query is timed
from when it was due, or was sent), and this one, which sends commands over ${CONNECTIONS} connections as fast as they are answered
(one connection in ${CONNECTIONS} to the very theatre that is asked for). "From inside": the app's own process sends them to itself,
64 in flight. "Two processes": the app as one process that decides, to which all commands go, and one that follows its log and is
asked. Bare Fastify stands for a server that does nothing, under the same two loads.`,
  versions: { fastify: packageVersion('fastify') },
  async run({ isQuick, say }) {
    const rounds = isQuick ? 3 : 4
    const forMs = isQuick ? 600 : 2_000
    await using directory = await openDirectory('seat-map-under-load')
    const shows: ServerSettings['shows'] = [
      { hall: 'theatre', ids: ['theatre'], isHalfTaken: true },
      { hall: 'arena', ids: showIds(ARENAS) },
    ]
    const openMillrace = (name: string, settings: Pick<ServerSettings, 'role' | 'shows'>): Promise<Server> =>
      openChild('servers/millrace.ts', { app: 'tickets', directory: join(directory.path, name), ...settings } satisfies ServerSettings)
    await using millrace = await openMillrace('one', { shows })
    await using deciding = await openMillrace('split', { role: 'write', shows })
    await using answering = await openMillrace('split', { role: 'read' })
    await using bare: Server = await openChild('servers/bare.ts', {})
    await using asker = await openChild('servers/asker.ts', {})
    const wires = {
      millrace: await openWires(millrace.ready.port, CONNECTIONS),
      split: await openWires(deciding.ready.port, CONNECTIONS),
      bare: await openWires(bare.ready.port, CONNECTIONS),
    }
    await bare.ask({ seatMap: expectOk(await wires.millrace[0]!.ask(get(PATH))).body.toString() })
    const next = { millrace: commands(), split: commands(), bare: commands() }
    const inside = (server: Server): Promise<Driven> => server.ask<Driven>({ drive: { arenas: ARENAS, forMs } } satisfies ServerRequest)
    const asked = { millrace, split: answering, bare }
    const loads: Record<Peer, Partial<Record<Phase, () => Promise<Driven | undefined>>>> = {
      millrace: {
        idle: async () => undefined,
        'over HTTP': () => run(wires.millrace, next.millrace, forMs),
        'from inside': () => inside(millrace),
      },
      split: {
        idle: async () => undefined,
        'over HTTP': () => run(wires.split, next.split, forMs),
        'from inside': () => inside(deciding),
      },
      bare: { idle: async () => undefined, 'over HTTP': () => run(wires.bare, next.bare, forMs) },
    }
    const found: { readonly peer: string; readonly phase: string; readonly rounds: Round[] }[] = []
    const measure = async (server: Server, load: () => Promise<Driven | undefined>): Promise<Round> => {
      const asking = asker.ask<Asked>({ port: server.ready.port, paths: [PATH], perSecond: PER_SECOND, forMs })
      const [{ fromDueMs, fromSentMs }, driven] = await Promise.all([asking, load()])
      return { fromDue: toLatencies(fromDueMs), fromSent: toLatencies(fromSentMs), commandsPerSecond: driven?.perSecond ?? 0 }
    }
    for (let round = 0; round <= rounds; round++) {
      if (round === 0) say('warming up')
      for (const peer of peers) {
        for (const [phase, load] of Object.entries(loads[peer])) {
          const one = await measure(asked[peer], load)
          if (round === 0) found.push({ peer, phase, rounds: [] })
          else found.find((each) => each.peer === peer && each.phase === phase)?.rounds.push(one)
          if (round > 0)
            say(`round ${round}: ${peer} ${phase}: p99 ${figure(one.fromDue.p99)} ms, ${figure(one.commandsPerSecond)} commands/s`)
        }
      }
    }
    for (const peer of peers) for (const wire of wires[peer]) wire.close()

    const roundsOf = (peer: string, phase: Phase): readonly Round[] =>
      found.find((each) => each.peer === peer && each.phase === phase)?.rounds ?? []
    const ratio = (peer: string, phase: Phase, from: 'fromDue' | 'fromSent' = 'fromDue'): number =>
      median(roundsOf(peer, phase).map((one, at) => one[from].p99 / roundsOf(peer, 'idle')[at]![from].p99))
    const row = (label: string, peer: string, phase: Phase): readonly string[] => {
      const all = roundsOf(peer, phase)
      return [
        label,
        figure(median(all.map(({ commandsPerSecond }) => commandsPerSecond))),
        figure(median(all.map(({ fromDue }) => fromDue.p50))),
        figure(median(all.map(({ fromDue }) => fromDue.p99))),
        `${figure(ratio(peer, phase))} ×`,
        figure(median(all.map(({ fromSent }) => fromSent.p99))),
        `${figure(ratio(peer, phase, 'fromSent'))} ×`,
      ]
    }
    return {
      rounds,
      columns: ['', 'commands/s', 'p50 ms', 'p99 ms', 'to idle', 'p99 from sent', 'to idle'],
      rows: [
        row('Millrace, idle', 'millrace', 'idle'),
        row('Millrace, commands over HTTP', 'millrace', 'over HTTP'),
        row('Millrace, commands from inside', 'millrace', 'from inside'),
        row('two processes, idle', 'split', 'idle'),
        row('two processes, commands over HTTP', 'split', 'over HTTP'),
        row('two processes, commands from inside', 'split', 'from inside'),
        row('bare Fastify, idle', 'bare', 'idle'),
        row('bare Fastify, POSTs that do nothing', 'bare', 'over HTTP'),
      ],
      checks: [
        { what: 'p99 to idle, commands over HTTP', measured: ratio('millrace', 'over HTTP'), unit: ' ×', target: 2, is: 'at most' },
        { what: 'p99 to idle, commands from inside', measured: ratio('millrace', 'from inside'), unit: ' ×', target: 2, is: 'at most' },
        {
          what: 'two processes: p99 to idle, commands over HTTP',
          measured: ratio('split', 'over HTTP'),
          unit: ' ×',
          target: 2,
          is: 'at most',
        },
        {
          what: 'two processes: p99 to idle, commands from inside',
          measured: ratio('split', 'from inside'),
          unit: ' ×',
          target: 2,
          is: 'at most',
        },
      ],
      notes: [
        'p50 and p99 are from the moment a query was due; "from sent" leaves out how late the asking process itself was',
        'all processes share two cores, and Millrace has a second thread that writes: part of every tail is the scheduler',
      ],
      raw: found,
    }
  },
})

function run(wires: readonly Wire[], next: (lane: number) => string, forMs: number): Promise<Driven> {
  return drive(wires.length, forMs, async (lane) => {
    expectOk(await wires[lane]!.ask(next(lane)))
  })
}

/** Lane 0 holds and releases a seat of the theatre; all others hold fresh seats in arenas. */
function commands(): (lane: number) => string {
  let count = 0
  let held: string | undefined
  return (lane) => {
    if (lane > 0) return post('/commands/HoldSeats', JSON.stringify(holdInArenas(count++, ARENAS)))
    const showId = 'theatre'
    if (held === undefined) {
      held = `turn-${count++}`
      return post('/commands/HoldSeats', JSON.stringify({ showId, holdId: held, customerId: 'turning', seats: ['A-8-10'] }))
    }
    const holdId = held
    held = undefined
    return post('/commands/ReleaseHold', JSON.stringify({ showId, holdId }))
  }
}
