// Asks for the theatre's seat map so many times a second, in a process of its own; prints the latencies at the end.
import { Agent, request } from 'node:http'
import { percentile, sleep } from './report.ts'

const [url = '', perSecond = '500', seconds = '10'] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const latencies: number[] = []

const ask = (dueMs: number): Promise<void> =>
  new Promise((resolve, reject) => {
    request(`${url}/queries/seatMap?showId=theatre`, { agent }, (response) => {
      response.resume()
      response.on('end', () => {
        latencies.push(performance.now() - dueMs) // from when it was due, so that a stall is not left out
        resolve()
      })
    })
      .on('error', reject)
      .end()
  })

const gapMs = 1_000 / Number(perSecond)
const startMs = performance.now()
const asked: Promise<void>[] = []
for (let dueMs = startMs; dueMs < startMs + Number(seconds) * 1_000; dueMs += gapMs) {
  while (performance.now() < dueMs) await sleep(1)
  asked.push(ask(dueMs))
}
await Promise.all(asked)
agent.destroy()
console.log(JSON.stringify({ url, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), count: latencies.length }))
