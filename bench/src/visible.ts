// Claim: what a command did can be seen in the read model at once.
import { isQuick, percentile, ms, report, sleep } from './shared/report.ts'
import { openShop, scheduleShow, seatAt } from './shared/shop.ts'

const PER_SECOND = 200
const SECONDS = isQuick ? 3 : 30

await using open = await openShop()
const { shop } = open
for (let at = 0; at < 100; at++) await scheduleShow(shop, `show-${at}`, 10, 40, 50)
const visible: number[] = []
const answered: number[] = []

async function one(n: number, dueMs: number, isCounted: boolean): Promise<void> {
  const showId = `show-${n % 100}`
  const receipt = await shop.send('HoldSeats', {
    showId,
    holdId: `h${n}`,
    customerId: `c${n}`,
    seats: [seatAt(Math.floor(n / 100), 40, 50)],
  })
  const answeredMs = performance.now() - dueMs
  await shop.answer('seatMap', { showId }, { after: receipt })
  if (!isCounted) return
  answered.push(answeredMs)
  visible.push(performance.now() - dueMs)
}

let n = 0
for (const isCounted of [false, true]) {
  const running: Promise<void>[] = []
  const startMs = performance.now()
  for (let dueMs = startMs; dueMs < startMs + (isCounted ? SECONDS : 3) * 1_000; dueMs += 1_000 / PER_SECOND) {
    while (performance.now() < dueMs) await sleep(1)
    running.push(one(n++, performance.now(), isCounted))
  }
  await Promise.all(running)
}
const [p50, p99] = [percentile(visible, 0.5), percentile(visible, 0.99)]
report(
  'visible',
  [
    { what: 'command → visible in the read model, p50', measured: ms(p50), target: '≤ 3 ms', isReached: p50 <= 3 },
    { what: 'command → visible in the read model, p99', measured: ms(p99), target: '≤ 20 ms', isReached: p99 <= 20 },
    {
      what: 'command → durable answer',
      measured: `p50 ${ms(percentile(answered, 0.5))}, p99 ${ms(percentile(answered, 0.99))}`,
      target: '',
      isReached: undefined,
    },
  ],
  [`${PER_SECOND} commands/s for ${SECONDS} s, after 3 s to warm up; in one process, read models in SQLite.`],
  { p50, p99 },
)
