import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Cluster } from '../client/cluster.ts'
import { KAFKA } from '../client/failure.ts'
import { codeOf } from '../fixtures/outcomes.ts'
import { Appender } from './appender.ts'

const OUT_OF_ORDER = 45
const NOT_LEADER = 6
/** What follows the batch in a request: no tagged fields of the partition, of the topic, of the whole. */
const TAGGED_FIELDS_BYTES = 3
type Callback = (error: Error | null, answer?: { errorCode: number; errorMessage: null; baseOffset: number }) => void

/** A small generator of numbers from 0 to 1: the same ones for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** One partition, as Kafka keeps it for one producer: the last five batches are known, others must come in sequence. */
class Broker {
  readonly stored: number[] = []
  newestEpoch = 0
  readonly #known: { sequence: number; offset: number }[] = []

  append(sequence: number, epoch = 0): { errorCode: number; baseOffset: number } {
    if (epoch < this.newestEpoch) return { errorCode: KAFKA.INVALID_PRODUCER_EPOCH, baseOffset: -1 }
    const repeat = this.#known.find((each) => each.sequence === sequence)
    if (repeat !== undefined) return { errorCode: 0, baseOffset: repeat.offset }
    const last = this.#known.at(-1)
    // A producer it knows nothing of may begin anywhere: that is Kafka's rule, and the reason for one batch at first.
    if (last !== undefined && sequence !== last.sequence + 1) return { errorCode: OUT_OF_ORDER, baseOffset: -1 }
    const offset = this.stored.push(sequence) - 1
    this.#known.push({ sequence, offset })
    if (this.#known.length > 5) this.#known.shift()
    return { errorCode: 0, baseOffset: offset }
  }
}

/** Connections that answer in order, lose answers or requests, end, and brokers that refuse for a while. */
function createCluster(broker: Broker, random: () => number, trouble: number): Cluster {
  let current: Line | undefined
  class Line {
    #isOpen = true
    readonly #queue: { sequence: number; callback: Callback }[] = []
    #isBusy = false

    send(_key: number, _version: number, payload: () => { buffer: Buffer }, ...rest: unknown[]): void {
      const callback = rest.at(-1) as Callback
      if (!this.#isOpen) return callback(new Error('Connection closed'))
      const bytes = payload().buffer
      this.#queue.push({ sequence: bytes.readInt32BE(bytes.length - 4 - TAGGED_FIELDS_BYTES), callback })
      void this.#work()
    }

    async #work(): Promise<void> {
      if (this.#isBusy) return
      this.#isBusy = true
      while (this.#queue.length > 0) {
        const { sequence, callback } = this.#queue[0]!
        for (let turns = Math.floor(random() * 3); turns >= 0; turns--) await turn()
        const luck = random()
        if (luck < trouble / 3) {
          this.#cut(random() < 0.5 ? sequence : undefined)
          return
        }
        this.#queue.shift()
        if (luck < trouble) {
          callback(null, { errorCode: [NOT_LEADER, 7, 19, 20][Math.floor(random() * 4)]!, errorMessage: null, baseOffset: -1 })
          continue
        }
        callback(null, { ...broker.append(sequence), errorMessage: null })
      }
      this.#isBusy = false
    }

    /** The connection ends. What was sent may still reach the broker: now, or much later. */
    #cut(reaches: number | undefined): void {
      this.#isOpen = false
      current = undefined
      if (reaches !== undefined) broker.append(reaches)
      const late = this.#queue.map(({ sequence }) => sequence)
      void (async () => {
        for (const sequence of late) {
          for (let turns = Math.floor(random() * 20); turns >= 0; turns--) await turn()
          if (broker.stored.length > 0 && random() < 0.7) broker.append(sequence)
        }
      })()
      for (const { callback } of this.#queue.splice(0)) callback(new Error('Connection closed'))
    }
  }
  return {
    leader: () => Promise.resolve((current ??= new Line())),
    refresh: () => Promise.resolve(),
  } as unknown as Cluster
}

const batchOf = (sequence: number): Buffer => {
  const batch = Buffer.alloc(8)
  batch.writeInt32BE(sequence, 4)
  return batch
}

test('stores every batch once and in order, whatever is lost, cut or refused in between', { timeout: 60_000 }, async () => {
  const run = async (seed: number): Promise<void> => {
    const random = createRandom(seed)
    const broker = new Broker()
    const cluster = createCluster(broker, random, 0.12)
    const appender = new Appender({ cluster, topic: 't', partition: 0, deliveryTimeoutMs: 30_000 })
    const offsets: Promise<number>[] = []
    for (let sequence = 0; sequence < 40; sequence++) {
      offsets.push(appender.append(batchOf(sequence)))
      if (random() < 0.4) await turn()
    }
    assert.deepEqual(
      await Promise.all(offsets),
      Array.from({ length: 40 }, (_, at) => at),
      `seed ${seed}`,
    )
    assert.deepEqual(
      broker.stored,
      Array.from({ length: 40 }, (_, at) => at),
      `seed ${seed}`,
    )
    await appender.drained()
  }
  await Promise.all(Array.from({ length: 100 }, (_, seed) => run(seed)))
})

test('what a newer owner fences fails with all behind it, and what was acknowledged is a prefix', { timeout: 30_000 }, async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = createRandom(seed)
    const broker = new Broker()
    const appender = new Appender({ cluster: createCluster(broker, random, 0.1), topic: 't', partition: 0, deliveryTimeoutMs: 30_000 })
    const codes: Promise<string>[] = []
    const fenceAt = Math.floor(random() * 20)
    for (let sequence = 0; sequence < 20; sequence++) {
      if (sequence === fenceAt) broker.newestEpoch = 1
      codes.push(codeOf(appender.append(batchOf(sequence))))
      if (random() < 0.5) await turn()
    }
    const all = await Promise.all(codes)
    const acknowledged = !all.includes('LOG_FENCED') ? all.length : all.indexOf('LOG_FENCED')
    assert.deepEqual(new Set(all.slice(acknowledged)), new Set(acknowledged < 20 ? ['LOG_FENCED'] : []), `seed ${seed}`)
    assert.ok(broker.stored.length >= acknowledged, `seed ${seed}`)
    assert.deepEqual(
      broker.stored,
      Array.from(broker.stored, (_, at) => at),
      `seed ${seed}`,
    )
    assert.equal(await codeOf(appender.append(batchOf(99))), 'LOG_FENCED')
  }
})

test('says that nothing was stored where no broker was there, and that it is not known where one may have it', async () => {
  const nowhere = { leader: () => Promise.reject(new Error('no broker')), refresh: () => Promise.resolve() } as unknown as Cluster
  const options = { topic: 't', partition: 0, deliveryTimeoutMs: 2_000 }
  const away = new Appender({ cluster: nowhere, ...options })
  assert.deepEqual(await Promise.all([codeOf(away.append(batchOf(0))), codeOf(away.append(batchOf(1)))]), [
    'LOG_UNAVAILABLE',
    'LOG_UNAVAILABLE',
  ])
  const mute = createCluster(new Broker(), () => 0, 1)
  const unknown = new Appender({ cluster: mute, ...options })
  assert.equal(await codeOf(unknown.append(batchOf(0))), 'LOG_OUTCOME_UNKNOWN')
  await unknown.drained()
})
