/** Two processes on one embedded log: one decides, the other answers and goes on while the first one is killed. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startProcess, type Started } from 'app-kit/testing'

const start = (env: Readonly<Record<string, string>>): Started =>
  startProcess(path.join(import.meta.dirname, 'main.ts'), { PORT: '0', TICKETS_PAYMENTS: 'fake:0', ...env })

const open = async (started: Started): Promise<string> => (await started.said(/is open:\s+(http:\S+)/))[1] ?? ''

interface Held {
  readonly status: number
  /** Of the error; empty where it was held. */
  readonly code: string
  readonly position: string
}

/** Sent again with the same key, as clients do, while the process is busy or `isDone` says no. */
async function hold(url: string, seat: string, isDone: (held: Held) => boolean = () => true): Promise<Held> {
  for (;;) {
    const response = await fetch(`${url}/commands/HoldSeats`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `hold-${seat}` },
      body: JSON.stringify({ showId: 'theatre', holdId: `h-${seat}`, customerId: 'ann', seats: [seat] }),
    })
    const { code = '' } = (await response.json()) as { readonly code?: string }
    const held = { status: response.status, code, position: response.headers.get('millrace-position') ?? '' }
    if (code !== 'OVERLOADED' && isDone(held)) return held
    await sleep(50)
  }
}

async function takenAfter(url: string, { position }: Held): Promise<readonly string[]> {
  const ask = (): Promise<Response> => fetch(`${url}/queries/seatMap?showId=theatre`, { headers: { 'millrace-after': position } })
  let response = await ask()
  while (response.status === 504) response = await ask()
  const map = (await response.json()) as { readonly taken: object }
  return Object.keys(map.taken)
}

test('one process decides, and another answers, also while the first one is away', { timeout: 120_000 }, async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'roles-'))
  const MILLRACE_LOG = `sqlite:${directory}`
  const started: Started[] = []
  const startAs = async (role: string): Promise<string> => {
    const process = start({ MILLRACE_LOG, MILLRACE_ROLE: role })
    started.push(process)
    return open(process)
  }
  try {
    const early = start({ MILLRACE_LOG, MILLRACE_ROLE: 'read' })
    started.push(early)
    assert.equal(await early.exit, 1)
    assert.match(early.text(), /^MILLRACE_LOG: there is no log in .* yet: start the process that owns it first/)

    const writes = await startAs('write')
    const writer = started.at(-1)!
    assert.match(writer.text(), /Role +write: /)
    const reads = await startAs('read')
    assert.match(started.at(-1)!.text(), /Role +read: /)
    assert.equal((await fetch(writes)).status, 421)
    assert.equal((await fetch(`${writes}/queries/shows`)).status, 421)

    const held = await hold(reads, 'A-1-1')
    assert.deepEqual([held.status, held.code], [200, ''])
    assert.deepEqual(await takenAfter(reads, held), ['A-1-1'])
    const other = await hold(writes, 'A-1-2')
    assert.deepEqual(await takenAfter(reads, other), ['A-1-1', 'A-1-2'])

    writer.child.kill('SIGKILL')
    await writer.exit
    assert.equal((await hold(reads, 'A-1-3', ({ code }) => code === 'LOG_UNAVAILABLE')).status, 503)
    assert.deepEqual(await takenAfter(reads, other), ['A-1-1', 'A-1-2'])
    assert.equal((await fetch(`${reads}/health/ready`)).status, 200)

    await startAs('write')
    const again = await hold(reads, 'A-1-3', ({ status }) => status === 200)
    assert.deepEqual(await takenAfter(reads, again), ['A-1-1', 'A-1-2', 'A-1-3'])
  } finally {
    for (const { child } of started) child.kill('SIGKILL')
    await Promise.all(started.map(({ exit }) => exit))
    await rm(directory, { recursive: true })
  }
})
