import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewCommand } from '@millrace/core'
import type { Cluster } from '../client/cluster.ts'
import { codeOf } from '../fixtures/outcomes.ts'
import { CommandEncoder } from '../wire/command-records.ts'
import { BATCH_HEADER_BYTES } from '../wire/record-batch.ts'
import { Submitter } from './submitter.ts'

/** What the request says beside its batch, at most, in bytes. */
const REQUEST_BYTES = 200
/** The least `max.message.bytes` that a topic of commands may have. */
const LEAST_MESSAGE_BYTES = 1_100_000

/** A broker that keeps the size of every batch, and answers once `isAway` is false. */
function createSubmitter(isAway = false) {
  const sizes: number[] = []
  let next = 0
  const connection = {
    send(key: number, _version: number, payload: () => { readonly length: number; readonly buffer: Buffer }, ...rest: unknown[]) {
      const callback = rest.at(-1) as (error: Error | null, answer?: unknown) => void
      if (key !== 0 || isAway) return
      const { buffer } = payload()
      const batch = buffer.subarray(buffer.length - sizeOf(buffer) - 3)
      sizes.push(batch.length - 3)
      callback(null, { errorCode: 0, errorMessage: null, baseOffset: next })
      next += batch.readInt32BE(57)
    },
  }
  const cluster = {
    ask: () => Promise.resolve({ producerId: 1n, producerEpoch: 0 }),
    leader: () => Promise.resolve(connection),
    refresh: () => Promise.resolve(),
  }
  const submitter = new Submitter({
    cluster: cluster as unknown as Cluster,
    topic: 't',
    encoder: new CommandEncoder('a'),
    deliveryTimeoutMs: 60_000,
    closed: new AbortController().signal,
    onStored: () => undefined,
  })
  return { submitter, sizes }
}

/** The batch's length, which stands in its own header: 12 bytes before what it counts. */
function sizeOf(request: Buffer): number {
  for (let at = 0; at < REQUEST_BYTES; at++) {
    const length = 12 + request.readInt32BE(at + 8)
    if (length > BATCH_HEADER_BYTES && request[at + 16] === 2 && at + length + 3 === request.length) return length
  }
  throw new Error('the request holds no batch')
}

const command = (id: number, data: Partial<NewCommand> = {}): NewCommand => ({
  id: `command ${id}`,
  type: 'Count',
  key: `key ${id}`,
  timeMs: 1_700_000_000_000,
  data: '{}',
  ...data,
})

test('commands that each fit do so together, whatever takes the room', async () => {
  for (const data of [
    { data: '座'.repeat(250) },
    { key: '座'.repeat(500) },
    { id: '座'.repeat(255) },
    { type: '座'.repeat(200), key: '座'.repeat(400) },
  ]) {
    const { submitter, sizes } = createSubmitter()
    const offsets = await Promise.all(Array.from({ length: 3_000 }, (_, at) => submitter.submit(0, command(at, data))))
    assert.deepEqual(
      offsets,
      Array.from({ length: 3_000 }, (_, at) => at),
    )
    assert.ok(Math.max(...sizes) < LEAST_MESSAGE_BYTES, `a batch of ${Math.max(...sizes)} bytes of ${Object.keys(data).join()}`)
    assert.ok(sizes.length < 100, `${sizes.length} batches`)
  }
})

test('small commands that wait for a broker are bounded too', async () => {
  const { submitter } = createSubmitter(true)
  const codes: Promise<string>[] = []
  for (let at = 0; at < 200_000; at++) codes.push(codeOf(submitter.submit(0, command(at))))
  assert.equal(await Promise.race([codes.at(-1)!, new Promise((resolve) => setTimeout(resolve, 100, 'waits'))]), 'OVERLOADED')
})
