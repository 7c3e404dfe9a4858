// Claims: commands and the theatre's seat map over HTTP, against Fastify alone answering the same.
import autocannon from 'autocannon'
import { isQuick, median, ms, report, whole } from './shared/report.ts'
import { startProcess } from './shared/process.ts'
import { seatAt } from './shared/shop.ts'

const ROUNDS = isQuick ? 1 : 4
const SECONDS = isQuick ? 2 : 6
let n = 0

interface Measured {
  readonly rate: number
  readonly p99: number
}

async function commands(url: string): Promise<Measured> {
  const { requests, latency, non2xx } = await autocannon({
    url,
    connections: 64,
    duration: SECONDS,
    requests: [
      {
        method: 'POST',
        path: '/commands/HoldSeats',
        headers: { 'content-type': 'application/json' },
        setupRequest: (request) => {
          const at = n++
          const body = JSON.stringify({
            showId: `show-${at % 1_000}`,
            holdId: `h${at}`,
            customerId: `c${at}`,
            seats: [seatAt(Math.floor(at / 1_000), 40, 50)],
          })
          return { ...request, body }
        },
      },
    ],
  })
  if (non2xx > 0) throw new Error(`${non2xx} commands were not accepted`)
  return { rate: requests.average, p99: latency.p99 }
}

async function seatMaps(url: string): Promise<Measured> {
  const { requests, latency, non2xx } = await autocannon({
    url: `${url}/queries/seatMap?showId=theatre`,
    connections: 64,
    duration: SECONDS,
  })
  if (non2xx > 0) throw new Error(`${non2xx} queries were not answered`)
  return { rate: requests.average, p99: latency.p99 }
}

/** One after the other, again and again: what disturbs the machine disturbs both. */
async function paired(
  one: () => Promise<Measured>,
  other: () => Promise<Measured>,
): Promise<{ readonly ours: Measured[]; readonly bare: Measured[] }> {
  const ours: Measured[] = []
  const bare: Measured[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const [mine, its] = [await one(), await other()]
    if (round > 0) {
      ours.push(mine)
      bare.push(its)
    }
  }
  return { ours, bare }
}

await using shop = await startProcess('./http-server.ts', 'shop')
const body = await (await fetch(`${shop.hello.url}/queries/seatMap?showId=theatre`)).text()
await using bare = await startProcess('./http-server.ts', 'bare', body)

const queried = await paired(
  () => seatMaps(shop.hello.url),
  () => seatMaps(bare.hello.url),
)
const sent = await paired(
  () => commands(shop.hello.url),
  () => commands(bare.hello.url),
)

const rate = (measured: readonly Measured[]): number => median(measured.map((each) => each.rate))
const said = (measured: readonly Measured[]): string => `${whole(rate(measured))}/s, p99 ${ms(median(measured.map((each) => each.p99)))}`
const share = ({ ours, bare: its }: { ours: readonly Measured[]; bare: readonly Measured[] }): number =>
  median(ours.map((each, at) => each.rate / its[at]!.rate))
const percent = (value: number): string => `${(value * 100).toFixed(0)} %`
report(
  'http',
  [
    { what: 'POST HoldSeats, decided and durable', measured: said(sent.ours), target: '', isReached: undefined },
    { what: 'the same POST to Fastify that does nothing', measured: said(sent.bare), target: '', isReached: undefined },
    { what: 'commands, ratio', measured: percent(share(sent)), target: '≥ 50 %', isReached: share(sent) >= 0.5 },
    { what: `GET seatMap of the theatre (${body.length} bytes)`, measured: said(queried.ours), target: '', isReached: undefined },
    { what: 'the same bytes from Fastify alone', measured: said(queried.bare), target: '', isReached: undefined },
    { what: 'seatMap, ratio', measured: percent(share(queried)), target: '≥ 70 %', isReached: share(queried) >= 0.7 },
  ],
  [
    `${ROUNDS} rounds of ${SECONDS} s in turn after one to warm up, 64 connections; the ratio is the median of the pairs. The load generator takes one of the 2 cores.`,
  ],
  { sent, queried },
)
