// Claim: reads do not slow down while commands run at full speed.
import autocannon from 'autocannon'
import { isQuick, median, ms, report, whole } from './shared/report.ts'
import { startProcess } from './shared/process.ts'
import { seatAt } from './shared/shop.ts'

const ROUNDS = isQuick ? 1 : 4
const SECONDS = isQuick ? 3 : 8
const PER_SECOND = 300

interface Latency {
  readonly p50: number
  readonly p99: number
}

async function queries(url: string): Promise<Latency> {
  await using client = await startProcess('./query-client.ts', url, String(PER_SECOND), String(SECONDS))
  return client.hello as unknown as Latency
}

await using shop = await startProcess('./http-server.ts', 'shop')
const { url } = shop.hello
let n = 0
const idle: Latency[] = []
const loaded: (Latency & { readonly commands: number })[] = []
for (let round = 0; round <= ROUNDS; round++) {
  const quiet = await queries(url)
  const writing = autocannon({
    url,
    connections: 64,
    duration: SECONDS + 3,
    requests: [
      {
        method: 'POST',
        path: '/commands/HoldSeats',
        headers: { 'content-type': 'application/json' },
        setupRequest: (request) => {
          const at = n++
          return {
            ...request,
            body: JSON.stringify({
              showId: `show-${at % 1_000}`,
              holdId: `h${at}`,
              customerId: `c${at}`,
              seats: [seatAt(Math.floor(at / 1_000), 40, 50)],
            }),
          }
        },
      },
    ],
  })
  const busy = await queries(url)
  const { requests } = await writing
  if (round > 0) {
    idle.push(quiet)
    loaded.push({ ...busy, commands: requests.average })
  }
}
const ratio = median(loaded.map(({ p99 }, at) => p99 / idle[at]!.p99))
report(
  'seat-map-under-load',
  [
    {
      what: `seatMap at ${PER_SECOND}/s, idle`,
      measured: `p50 ${ms(median(idle.map(({ p50 }) => p50)))}, p99 ${ms(median(idle.map(({ p99 }) => p99)))}`,
      target: '',
      isReached: undefined,
    },
    {
      what: `the same while ${whole(median(loaded.map(({ commands }) => commands)))} commands/s run`,
      measured: `p50 ${ms(median(loaded.map(({ p50 }) => p50)))}, p99 ${ms(median(loaded.map(({ p99 }) => p99)))}`,
      target: '',
      isReached: undefined,
    },
    { what: 'p99, ratio', measured: `${ratio.toFixed(1)} ×`, target: '≤ 2 ×', isReached: ratio <= 2 },
  ],
  [
    `${ROUNDS} rounds of ${SECONDS} s after one to warm up. Open loop, measured from when each query was due. Server, its writing thread, the load generator and the client that asks share 2 cores, so a query waits for a core, too.`,
  ],
  { idle, loaded },
)
