// Many live watchers of the arena, in a process of its own. Each keeps the map as it was told; at the end all must be the
// one the query gives. Prints latencies: from when a command was sent (its hold id says when) to each watcher told.
import { connect, type Socket } from 'node:net'
import { percentile, sleep } from './report.ts'

const [url = '', count = '2000', seconds = '15'] = process.argv.slice(2)
const { hostname, port } = new URL(url)
const PER_SECOND = 50

interface Watcher {
  readonly socket: Socket
  rest: string
  taken: Record<string, string | undefined>
  messages: number
}

const sentAtMs = new Map<string, number>()
const latencies: number[] = []

function take(watcher: Watcher, text: string): void {
  watcher.rest += text
  for (let end = watcher.rest.indexOf('\n\n'); end >= 0; end = watcher.rest.indexOf('\n\n')) {
    const block = watcher.rest.slice(0, end)
    watcher.rest = watcher.rest.slice(end + 2)
    const data = /^data: (.*)$/m.exec(block)?.[1]
    if (data === undefined) continue
    const { taken = {} } = JSON.parse(data) as { taken?: Record<string, string | null> }
    watcher.messages++
    const nowMs = performance.now()
    for (const [seat, state] of Object.entries(taken)) {
      const sentMs = sentAtMs.get(seat)
      if (sentMs !== undefined && watcher.taken[seat] === undefined) latencies.push(nowMs - sentMs)
      watcher.taken[seat] = state ?? undefined
    }
  }
}

const watchers: Watcher[] = []
for (let at = 0; at < Number(count); at++) {
  const socket = connect(Number(port), hostname)
  const watcher: Watcher = { socket, rest: '', taken: {}, messages: 0 }
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => take(watcher, text))
  socket.write(`GET /queries/seatMap?showId=arena HTTP/1.1\r\nhost: bench\r\naccept: text/event-stream\r\n\r\n`)
  watchers.push(watcher)
  if (at % 50 === 49) await sleep(20)
}
while (watchers.some(({ messages }) => messages === 0)) await sleep(50)

let n = 0
const startMs = performance.now()
const sending: Promise<unknown>[] = []
for (let dueMs = startMs; dueMs < startMs + Number(seconds) * 1_000; dueMs += 1_000 / PER_SECOND) {
  while (performance.now() < dueMs) await sleep(1)
  const at = n++
  const seat = `S${Math.floor(at / 2_000) + 1}-${Math.floor((at % 2_000) / 50) + 1}-${(at % 50) + 1}`
  sentAtMs.set(seat, performance.now())
  const body = JSON.stringify({ showId: 'arena', holdId: `w${at}`, customerId: `w${at}`, seats: [seat] })
  sending.push(
    fetch(`${url}/commands/HoldSeats`, { method: 'POST', headers: { 'content-type': 'application/json' }, body }).then((response) =>
      response.json(),
    ),
  )
}
await Promise.all(sending)
await sleep(1_500)
const { taken } = (await (await fetch(`${url}/queries/seatMap?showId=arena`)).json()) as { taken: Record<string, string> }
const wanted = Object.keys(taken).length
const complete = watchers.filter(
  (watcher) =>
    Object.keys(watcher.taken).length === wanted && Object.entries(taken).every(([seat, state]) => watcher.taken[seat] === state),
).length
for (const { socket } of watchers) socket.destroy()
console.log(
  JSON.stringify({
    url,
    watchers: watchers.length,
    complete,
    commands: n,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    deliveries: latencies.length,
  }),
)
