import { join } from 'node:path'
import type { ServerSettings } from './servers/millrace.ts'
import { bench } from './shared/bench.ts'
import { openChild } from './shared/child.ts'
import { openDirectory } from './shared/directory.ts'
import { drive, type Driven } from './shared/drive.ts'
import { figure, median, spread } from './shared/figures.ts'
import { holdSeats, SHOWS } from './shared/hall.ts'
import { holdInArenas, showIds } from './shared/shows.ts'
import { packageVersion } from './shared/versions.ts'
import { expectOk, openWires, post, type Wire } from './shared/wire.ts'

const CONNECTIONS = 64
type Peer = 'bare' | 'millrace' | 'tickets'

await bench({
  claim: 'http-commands',
  title: `POST /commands/HoldSeats, ${CONNECTIONS} connections over ${figure(SHOWS)} shows`,
  help: `A server in a process of its own, the load generator in this one (sockets and prebuilt requests, so that it takes as
little of the machine as it can). Bare Fastify parses the same JSON and answers a receipt of the same size. Peers take turns.`,
  versions: { fastify: packageVersion('fastify') },
  async run({ isQuick, say }) {
    const rounds = isQuick ? 3 : 5
    const roundMs = isQuick ? 600 : 2_500
    await using directory = await openDirectory('http-commands')
    const open = (settings: Omit<ServerSettings, 'directory'>) =>
      openChild<{ readonly port: number }>('servers/millrace.ts', { ...settings, directory: join(directory.path, settings.app) })
    say('starting the servers')
    await using bare = await openChild<{ readonly port: number }>('servers/bare.ts', {})
    await using millrace = await open({ app: 'hall' })
    await using tickets = await open({ app: 'tickets', shows: [{ hall: 'arena', ids: showIds(SHOWS) }] })
    const peers: Record<Peer, Load> = {
      millrace: { wires: await openWires(millrace.ready.port, CONNECTIONS), next: counting(holdSeats) },
      tickets: { wires: await openWires(tickets.ready.port, CONNECTIONS), next: counting((count) => holdInArenas(count, SHOWS)) },
      bare: { wires: await openWires(bare.ready.port, CONNECTIONS), next: counting(holdSeats) },
    }
    const receipt = expectOk(await peers.millrace.wires[0]!.ask(peers.millrace.next())).body.toString()
    await bare.ask({ receipt })
    const found: Record<Peer, Driven[]> = { bare: [], millrace: [], tickets: [] }
    say('warming up')
    for (const peer of Object.values(peers)) await run(peer, roundMs)
    for (let round = 1; round <= rounds; round++) {
      for (const [name, peer] of Object.entries(peers) as [Peer, Load][]) {
        const driven = await run(peer, roundMs)
        found[name].push(driven)
        say(`round ${round}: ${name} ${figure(driven.perSecond)}/s`)
      }
    }
    for (const { wires } of Object.values(peers)) for (const wire of wires) wire.close()

    const perSecond = (name: Peer): number[] => found[name].map((driven) => driven.perSecond)
    const share = (name: Peer): number => median(perSecond(name).map((value, at) => (value / perSecond('bare')[at]!) * 100))
    const row = (label: string, name: Peer): readonly string[] => [
      label,
      spread(perSecond(name)),
      figure(median(found[name].map(({ latencyMs }) => latencyMs.p50))),
      figure(median(found[name].map(({ latencyMs }) => latencyMs.p99))),
      `${figure(share(name))} %`,
    ]
    return {
      rounds,
      columns: ['', 'answers/s', 'p50 ms', 'p99 ms', 'of bare'],
      rows: [
        row('bare Fastify, doing nothing', 'bare'),
        row('Millrace: durable, and folding a seat map', 'millrace'),
        row('the tickets app: five read models and a timer per hold', 'tickets'),
      ],
      checks: [{ what: 'of bare Fastify', measured: share('millrace'), unit: ' %', target: 50, is: 'at least' }],
      notes: [
        `the receipt has ${receipt.length} bytes; every Millrace answer was a 200, given after fsync`,
        'the tickets app is not the claim, but what a whole app with all its read models does',
      ],
      raw: found,
    }
  },
})

interface Load {
  readonly wires: readonly Wire[]
  readonly next: () => string
}

function run({ wires, next }: Load, forMs: number): Promise<Driven> {
  return drive(wires.length, forMs, async (lane) => {
    expectOk(await wires[lane]!.ask(next()))
  })
}

function counting(commandOf: (count: number) => object): () => string {
  let count = 0
  return () => post('/commands/HoldSeats', JSON.stringify(commandOf(count++)))
}
