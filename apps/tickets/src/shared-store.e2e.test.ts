/** Instances that share one PostgreSQL: on Kafka, killed and stopped under load; and one alone on the embedded log. */
import { openKafkaCluster, whyNoJava } from '@millrace/testing/kafka'
import { postgresForTests } from '@millrace/testing/postgres'
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

const { skip: noPostgres, openDatabase } = await postgresForTests()
const noJava = await whyNoJava()
if (noJava !== undefined && process.env['CI'] === 'true') throw new Error(`tests need Kafka, and ${noJava}`)
const noKafka = noJava === undefined ? false : `no Kafka: ${noJava}`
const MODELS = ['seat-map', 'shows']
const SEATS = 300

interface Instance extends AsyncDisposable {
  readonly url: string
  readonly child: ChildProcess
}

async function openInstance(env: Readonly<Record<string, string>>): Promise<Instance> {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(MILLRACE_|PORT$|HOST$|HOLD_|TICKETS_|NODE_TEST)/.test(name)),
  )
  const child = spawn(process.execPath, ['--conditions=source', path.join(import.meta.dirname, 'main.ts')], {
    env: { ...clean, PORT: '0', ...env },
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGKILL')
      await ended
    }
  }
  for (;;) {
    const url = /is open:\s+(http:\S+)/.exec(text)?.[1]
    if (url !== undefined) return { url, child, [Symbol.asyncDispose]: end }
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended:\n${text}`)
    await sleep(20)
  }
}

const post = (url: string, body: object): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(120_000),
  })

/** Holds a seat by whoever answers, and again until somebody does. Resolves with the position. */
async function hold(urls: () => readonly string[], seat: string): Promise<string> {
  const endMs = performance.now() + 120_000
  for (let attempt = 0; ; attempt++) {
    const all = urls()
    try {
      const answer = await fetch(`${all[attempt % all.length]!}/commands/HoldSeats`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `hold-${seat}` },
        body: JSON.stringify({ showId: 'arena', holdId: `of-${seat}`, customerId: `eve-${seat}`, seats: [seat] }),
        signal: AbortSignal.timeout(5_000),
      })
      if (answer.status === 200) return answer.headers.get('millrace-position') ?? ''
      assert.ok(answer.status === 503 || answer.status === 202 || answer.status === 504, `${answer.status}: ${await answer.text()}`)
    } catch (error) {
      if (error instanceof assert.AssertionError || performance.now() > endMs) throw error
    }
    await sleep(50)
  }
}

/** Every read model of `instance` is what the log says, and the map has exactly those seats. */
async function expectClean({ url }: Instance, seats: readonly string[], after: string): Promise<void> {
  // Whoever comes back, or has just been started, follows the log in its own time.
  const ask = (): Promise<Response> => fetch(`${url}/queries/seatMap?showId=arena`, { headers: { 'millrace-after': after } })
  let answer = await ask()
  for (const endMs = performance.now() + 120_000; answer.status >= 500 && performance.now() < endMs; answer = await ask()) await sleep(100)
  assert.equal(answer.status, 200, await answer.clone().text())
  const { taken } = (await answer.json()) as { readonly taken: Readonly<Record<string, string>> }
  assert.deepEqual(Object.keys(taken).sort(), [...seats].sort())
  for (const model of MODELS) {
    const verified = await post(`${url}/ops/read-models/${model}/verify`, {})
    // A line for each step of it; the last one says how it ended.
    const lines = (await verified.text()).trim().split('\n')
    const verification = JSON.parse(lines.at(-1)!) as { readonly verified?: { readonly differing: number } }
    assert.equal(verification.verified?.differing, 0, `${model}: ${JSON.stringify(verification)}`)
  }
}

const seatsOf = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `F1-${1 + Math.floor(at / 40)}-${1 + (at % 40)}`)

test(
  'instances on Kafka share a PostgreSQL, and lose or double nothing when one is killed and another one stops for a while',
  {
    skip: noPostgres || noKafka,
    timeout: 500_000,
  },
  async () => {
    await using kafka = await openKafkaCluster()
    await using database = await openDatabase()
    const env = {
      MILLRACE_LOG: `kafka://${kafka.bootstrap.join(',')}`,
      MILLRACE_STORE: database.url,
      MILLRACE_PARTITIONS: '4',
      MILLRACE_CHECKPOINTS: 'memory:',
    }
    await using first = await openInstance(env)
    await using second = await openInstance(env)
    let urls = [first.url, second.url]
    const seats = seatsOf(SEATS)
    let last = ''
    let held = 0
    const holding = (async () => {
      for (const seat of seats) {
        last = await hold(() => urls, seat)
        held++
      }
    })()
    holding.catch(() => undefined)
    const reach = async (count: number): Promise<void> => {
      while (held < count) await Promise.race([sleep(10), holding])
    }
    await reach(SEATS / 4)
    first.child.kill('SIGKILL')
    urls = [second.url]
    await reach(SEATS / 2)
    await using third = await openInstance(env)
    urls = [third.url, second.url]
    await reach((SEATS * 2) / 3)
    // It wakes up long after another one has taken over, with whatever it was about to write.
    second.child.kill('SIGSTOP')
    urls = [third.url]
    try {
      await holding
    } finally {
      second.child.kill('SIGCONT')
    }
    await sleep(1_000)
    for (const instance of [second, third]) await expectClean(instance, seats, last)
  },
)

test('one instance on the embedded log goes on in a PostgreSQL where it was killed', { skip: noPostgres, timeout: 300_000 }, async () => {
  await using database = await openDatabase()
  const directory = await mkdtemp(path.join(tmpdir(), 'tickets-'))
  try {
    const env = { MILLRACE_LOG: `sqlite:${directory}`, MILLRACE_STORE: database.url }
    const seats = seatsOf(60)
    {
      await using first = await openInstance(env)
      for (const seat of seats.slice(0, 30)) await hold(() => [first.url], seat)
    }
    await using again = await openInstance(env)
    let last = ''
    for (const seat of seats) last = await hold(() => [again.url], seat)
    await expectClean(again, seats, last)
  } finally {
    await rm(directory, { recursive: true })
  }
})
