// Claim: 2,000 live watchers of one arena see every change, soon, at a flat cost in memory.
import { isQuick, ms, report, whole } from './shared/report.ts'
import { startProcess } from './shared/process.ts'

const WATCHERS = isQuick ? 300 : 2_000
const SECONDS = isQuick ? 4 : 30

interface Seen {
  readonly complete: number
  readonly commands: number
  readonly p50: number
  readonly p99: number
  readonly deliveries: number
}

await using shop = await startProcess('./http-server.ts', 'shop')
await using client = await startProcess('./watcher-client.ts', shop.hello.url, String(WATCHERS), String(SECONDS))
const { complete, commands, p50, p99, deliveries } = client.hello as unknown as Seen
const during = shop.rssMb.slice(-SECONDS)
const [first, last] = [during[Math.floor(during.length / 3)] ?? 0, during.at(-1) ?? 0]
report(
  'watchers',
  [
    {
      what: `watchers that saw every change, of ${whole(WATCHERS)}`,
      measured: whole(complete),
      target: whole(WATCHERS),
      isReached: complete === WATCHERS,
    },
    { what: 'command sent → watcher told', measured: `p50 ${ms(p50)}, p99 ${ms(p99)}`, target: 'p99 ≤ 300 ms', isReached: p99 <= 300 },
    {
      what: "the server's memory, a third in → at the end",
      measured: `${first} → ${last} MB`,
      target: 'flat',
      isReached: last <= first * 1.15,
    },
  ],
  [
    `50 commands/s for ${SECONDS} s (${whole(commands)} in all, ${whole(deliveries)} deliveries). All watchers, and who sends, are one other process on the same 2 cores.`,
  ],
  { complete, p50, p99, rssMb: shop.rssMb },
)
