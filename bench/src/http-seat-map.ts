import { bench } from './shared/bench.ts'
import { openChild } from './shared/child.ts'
import { openDirectory } from './shared/directory.ts'
import { drive, type Driven } from './shared/drive.ts'
import { figure, median, spread } from './shared/figures.ts'
import { packageVersion } from './shared/versions.ts'
import { expectOk, get, openWires, type Wire } from './shared/wire.ts'

const CONNECTIONS = 64
const REQUEST = get('/queries/seatMap?showId=theatre')
type Peer = 'bare' | 'millrace'

await bench({
  claim: 'http-seat-map',
  title: `GET /queries/seatMap of the theatre (400 seats, half of them taken), ${CONNECTIONS} connections`,
  help: `The tickets app in a process of its own, the load generator in this one. Bare Fastify answers the same bytes from a
string that it has ready. Peers take turns.`,
  versions: { fastify: packageVersion('fastify') },
  async run({ isQuick, say }) {
    const rounds = isQuick ? 3 : 7
    const roundMs = isQuick ? 600 : 2_500
    await using directory = await openDirectory('http-seat-map')
    await using millrace = await openChild<{ readonly port: number }>('servers/millrace.ts', {
      directory: directory.path,
      app: 'tickets',
      shows: [{ hall: 'theatre', ids: ['theatre'], isHalfTaken: true }],
    })
    await using bare = await openChild<{ readonly port: number }>('servers/bare.ts', {})
    const peers: Record<Peer, readonly Wire[]> = {
      millrace: await openWires(millrace.ready.port, CONNECTIONS),
      bare: await openWires(bare.ready.port, CONNECTIONS),
    }
    const seatMap = expectOk(await peers.millrace[0]!.ask(REQUEST)).body.toString()
    await bare.ask({ seatMap })
    const { taken } = JSON.parse(seatMap) as { readonly taken: object }
    const found: Record<Peer, Driven[]> = { bare: [], millrace: [] }
    say('warming up')
    for (const wires of Object.values(peers)) await run(wires, roundMs)
    for (let round = 1; round <= rounds; round++) {
      for (const [name, wires] of Object.entries(peers) as [Peer, readonly Wire[]][]) {
        const driven = await run(wires, roundMs)
        found[name].push(driven)
        say(`round ${round}: ${name} ${figure(driven.perSecond)}/s`)
      }
    }
    for (const wires of Object.values(peers)) for (const wire of wires) wire.close()

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
      rows: [row('bare Fastify, a prebuilt string', 'bare'), row('Millrace: the tickets app', 'millrace')],
      checks: [{ what: 'of bare Fastify', measured: share('millrace'), unit: ' %', target: 70, is: 'at least' }],
      notes: [
        `the answer has ${figure(seatMap.length)} bytes and ${Object.keys(taken).length} taken seats; Millrace sends its position and an ETag besides`,
      ],
      raw: found,
    }
  },
})

function run(wires: readonly Wire[], forMs: number): Promise<Driven> {
  return drive(wires.length, forMs, async (lane) => {
    expectOk(await wires[lane]!.ask(REQUEST))
  })
}
