/** An app over HTTP while its broker is away: what its clients see, and what is in the log afterwards. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { produceV11 } from '@platformatic/kafka'
import { dumpTopics, openKafkaCluster, openTcpProxy, type KafkaCluster, type TcpProxy } from '@millrace/testing/kafka'
import { serve, type Server } from '@millrace/http'
import type { Running } from '@millrace/core'
import { type hall, holdOf, startHall } from './fixtures/hall.ts'
import { until, whyNoOwnBroker } from './fixtures/instances.ts'
import { openKafkaLog } from './open-kafka-log.ts'

const settings = { timeout: 200_000 }
const skip = await whyNoOwnBroker()
/**
 * How soon commands are refused once it is known, and how long the first ones may wait, in milliseconds: a command that
 * nobody refuses waits for longer than either.
 */
const SOON_MS = 10_000
const PATIENT_MS = 60_000

interface Sent {
  readonly id: string
  readonly status: number
  readonly tookMs: number
  readonly retryAfter: string | null
}

describe('while the broker is away', { skip, concurrency: 1 }, () => {
  let cluster: KafkaCluster
  let proxy: TcpProxy
  let running: Running<typeof hall>
  let server: Server
  let count = 0
  const acknowledged: string[] = []

  // What a test broke is whole for the next one, even where it failed.
  afterEach(async () => {
    proxy.halfOpen(false)
    proxy.dropAnswers(false)
    await cluster.brokers[0]!.start()
  })
  before(async () => {
    cluster = await openKafkaCluster({
      advertisedPort: async ({ port }) => {
        proxy = await openTcpProxy({ to: { host: '127.0.0.1', port } })
        return proxy.port
      },
    })
    const times = { sessionTimeoutMs: 4_000, requestTimeoutMs: 2_000, deliveryTimeoutMs: 30_000 }
    const log = await openKafkaLog({ brokers: cluster.bootstrap, app: 'hall', partitions: 2, onTrouble: () => undefined, ...times })
    running = await startHall(log)
    server = await serve(running, { port: 0, maxEventLoopDelayMs: 60_000 })
    await until('it is ready', isReady)
  })
  after(async () => {
    await server.close()
    await running.stop()
    await proxy[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
  })

  const isReady = async (): Promise<boolean> => (await fetch(`${server.url}/health/ready`)).status === 200

  /** Holds a seat that nobody else asks for. Sends once. */
  async function hold(id = `h${count++}`): Promise<Sent> {
    const from = performance.now()
    const response = await fetch(`${server.url}/commands/HoldSeats`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': id },
      body: JSON.stringify(holdOf(`show-${Number(id.slice(1)) % 5}`, id)),
    })
    await response.text()
    if (response.status === 200) acknowledged.push(id)
    return { id, status: response.status, tookMs: performance.now() - from, retryAfter: response.headers.get('retry-after') }
  }

  /** Sends all the time until `over`, and refuses to be kept waiting. */
  async function isRefusedSoon(): Promise<void> {
    const isRefusedAtOnce = async (): Promise<boolean> => {
      const { status, tookMs } = await hold()
      return status === 503 && tookMs < SOON_MS
    }
    await until('commands are refused at once', isRefusedAtOnce, PATIENT_MS)
    for (let times = 0; times < 5; times++) {
      const { status, tookMs, retryAfter } = await hold()
      assert.equal(status, 503)
      assert.ok(Number(retryAfter) >= 1, `Retry-After: ${retryAfter ?? 'none'}`)
      assert.ok(tookMs < SOON_MS, `it took ${tookMs} ms`)
    }
    assert.equal((await fetch(`${server.url}/queries/holds?showId=show-1`)).status, 200)
    assert.equal((await fetch(`${server.url}/health/live`)).status, 200)
    assert.equal(await isReady(), false)
  }

  async function goesOn(): Promise<void> {
    await until('it is ready again', isReady, 90_000)
    for (let times = 0; times < 10; times++) assert.equal((await hold()).status, 200)
  }

  /** Every command that was acknowledged is in the events, and none is there twice. */
  async function hasAllOnce(): Promise<void> {
    const records = await dumpTopics(cluster.internal, ['hall.events'])
    const holds = records.filter(({ headers }) => headers['ce_type'] === 'SeatsHeld').map(({ headers }) => headers['ce_causationid']!)
    assert.equal(new Set(holds).size, holds.length, 'none is there twice')
    const missing = acknowledged.filter((id) => !holds.includes(id))
    assert.deepEqual(missing, [])
  }

  test('a broker that was killed: refused soon, queries go on, and all comes back with it', settings, async () => {
    await goesOn()
    await cluster.brokers[0]!.kill()
    const from = performance.now()
    await isRefusedSoon()
    const tookMs = performance.now() - from
    assert.ok(tookMs < 25_000, `it took ${tookMs} ms until commands were refused`)
    await sleep(1_000)
    await cluster.brokers[0]!.start()
    await goesOn()
    await hasAllOnce()
  })

  test('a connection on which nothing passes any more: the same', settings, async () => {
    await goesOn()
    proxy.halfOpen(true)
    await isRefusedSoon()
    proxy.halfOpen(false)
    await goesOn()
    await hasAllOnce()
  })

  test('answers that are lost: what was stored is stored once, and who was acknowledged is in the log', settings, async () => {
    await goesOn()
    proxy.dropAnswers(true)
    const unsure = await Promise.all(Array.from({ length: 10 }, () => hold()))
    proxy.dropAnswers(false)
    await goesOn()
    // Sent again under its id, each is answered as if nothing had been.
    for (const { id } of unsure) assert.equal((await hold(id)).status, 200)
    await hasAllOnce()
  })

  test('the answer to one append is lost, of commands or of events: whoever sent it does not notice', settings, async () => {
    await goesOn()
    for (let times = 0; times < 4; times++) {
      const dropped = proxy.dropNextAnswer({ apiKey: produceV11.api.key })
      assert.equal((await hold()).status, 200)
      await dropped
    }
    await goesOn()
    await hasAllOnce()
  })

  test('a connection that is cut again and again: nobody notices more than a refusal', settings, async () => {
    await goesOn()
    const sending = Promise.all(
      Array.from({ length: 40 }, async (_, at) => {
        await sleep(at * 50)
        return hold()
      }),
    )
    for (let times = 0; times < 4; times++) {
      await sleep(400)
      proxy.cut()
    }
    for (const { status } of await sending) assert.ok(status === 200 || status === 503, String(status))
    await goesOn()
    await hasAllOnce()
  })
})
