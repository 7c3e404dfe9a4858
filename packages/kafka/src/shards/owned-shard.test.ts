import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ResponseError } from '@platformatic/kafka'
import { MillraceError } from '@millrace/core'
import type { Cluster } from '../client/cluster.ts'
import { KAFKA } from '../client/failure.ts'
import { codeOf } from '../fixtures/outcomes.ts'
import { EventEncoder } from '../wire/event-records.ts'
import type { EventTail } from '../reading/event-tail.ts'
import { KafkaShard } from './owned-shard.ts'

const tail = { owned: () => undefined, appended: () => undefined, disowned: () => undefined } as unknown as EventTail

/** A coordinator and a leader in one, that answers as told. `appends` counts the batches that come. */
function createShard(
  answer: (
    request: number,
  ) => Error | { producerId: bigint; producerEpoch: number } | Promise<{ producerId: bigint; producerEpoch: number }>,
  deliveryTimeoutMs = 60_000,
) {
  let requests = 0
  const seen = { appends: 0 }
  const connection = {
    send(key: number, ...rest: unknown[]) {
      const callback = rest.at(-1) as (error: Error | null, answer?: unknown) => void
      if (key === 0) {
        callback(null, { errorCode: 0, errorMessage: null, baseOffset: seen.appends++ })
        return
      }
      const said = answer(requests++)
      if (said instanceof Error) callback(said)
      else void Promise.resolve(said).then((each) => callback(null, each))
    },
  }
  const cluster = {
    coordinator: () => Promise.resolve(connection),
    leader: () => Promise.resolve(connection),
    refresh: () => Promise.resolve(),
  }
  const over = new AbortController()
  const shard = new KafkaShard(
    0,
    {
      cluster: cluster as unknown as Cluster,
      app: 'a',
      eventsTopic: 'a.events',
      encoder: new EventEncoder('a'),
      maxBatchBytes: 1_000_000,
      deliveryTimeoutMs,
      renewEveryMs: 1_000,
      owner: 'test',
    },
    { tail, commands: () => assert.fail('no commands'), over },
  )
  return { shard, over, seen }
}
const refusal = (code: number): Error => new ResponseError(22, 5, { '': [code, null] } as never, {})

test('a coordinator that does not answer is no end: the shard is tried again later', async () => {
  for (const error of [new Error('Request timed out'), refusal(KAFKA.COORDINATOR_NOT_AVAILABLE), refusal(51)]) {
    const { shard, seen } = createShard(() => error, 200)
    assert.equal(await codeOf(shard.takeOver()), 'LOG_UNAVAILABLE')
    assert.equal(seen.appends, 0)
  }
})

test('a shard that is given up while it is taken over fences nobody', async () => {
  const coming = Promise.withResolvers<{ producerId: bigint; producerEpoch: number }>()
  const { shard, over, seen } = createShard(() => coming.promise)
  const taking = codeOf(shard.takeOver())
  over.abort()
  coming.resolve({ producerId: 7n, producerEpoch: 3 })
  assert.equal(await taking, 'LOG_FENCED')
  assert.equal(seen.appends, 0, 'no marker')
})

test('a renewal that comes after another owner is refused at once', async () => {
  const { shard } = createShard((request) => (request === 0 ? { producerId: 7n, producerEpoch: 3 } : refusal(KAFKA.PRODUCER_FENCED)))
  await shard.takeOver()
  const from = performance.now()
  const owned = {
    kind: 'owned',
    type: 'owned',
    key: '',
    timeMs: 0,
    data: '{}',
    commandId: '',
    index: 0,
    commandOffset: -1,
    fingerprint: 0,
  } as const
  const behind = [codeOf(shard.append([owned])), codeOf(shard.append([{ ...owned, kind: 'event', commandId: 'c' }]))]
  assert.deepEqual(await Promise.all(behind), ['LOG_FENCED', 'LOG_FENCED'])
  assert.ok(performance.now() - from < 30_000, 'long before it would be given up')
  assert.equal(shard.signal.aborted, true)
})

test('a shard that fails while it is renewed stays failed, and leaves no marker', async () => {
  const coming = Promise.withResolvers<{ producerId: bigint; producerEpoch: number }>()
  const { shard, seen } = createShard((request) => (request === 0 ? { producerId: 7n, producerEpoch: 3 } : coming.promise))
  await shard.takeOver()
  const owned = {
    kind: 'owned',
    type: 'owned',
    key: '',
    timeMs: 0,
    data: '{}',
    commandId: '',
    index: 0,
    commandOffset: -1,
    fingerprint: 0,
  } as const
  const renewing = codeOf(shard.append([owned]))
  await new Promise((resolve) => setImmediate(resolve))
  shard.fail(new MillraceError('LOG_CLOSED', 'closed'))
  coming.resolve({ producerId: 7n, producerEpoch: 4 })
  assert.equal(await renewing, 'LOG_CLOSED')
  assert.equal(await codeOf(shard.append([{ ...owned, kind: 'event', commandId: 'c' }])), 'LOG_CLOSED')
  assert.equal(seen.appends, 1, 'its first marker, and nothing else')
})
