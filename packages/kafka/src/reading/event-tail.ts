import { setTimeout as sleep } from 'node:timers/promises'
import { MillraceError, type Batch, type NewRecord } from '@millrace/core'
import type { Cluster } from '../client/cluster.ts'
import type { EventDecoder } from '../wire/event-records.ts'
import { readBatches } from '../wire/record-batch.ts'
import type { ChunkCache } from './chunk-cache.ts'
import { fetchFrom } from './fetch.ts'
import type { Turns } from './turns.ts'
import { Wake } from './wake.ts'

/** A batch with the offset of its owner's marker; -1 where it has none and so says nothing. */
export interface OwnedBatch extends Batch {
  readonly owner: number
}

/** How long a broker holds back an answer that would be empty, in milliseconds. */
const POLL_MS = 500
/** How often an owner looks whether somebody else writes, in milliseconds. */
const OWNER_LOOKS_MS = 1_000
/** How long a reader that begins beyond the end waits for what it expects, in milliseconds, before the log counts as cut off. */
const BEYOND_MS = 2_000
const BEYOND_EVERY_MS = 50
const LIVE_BYTES = 1024 * 1024
const CATCH_UP_BYTES = 512 * 1024
/** What is kept for readers close to the end: so many records, in at most so many batches. */
const RING_RECORDS = 8_192
const RING_BATCHES = 1_024
/** Who starts in the middle looks at so many offsets before, to know whose batches count. */
const LOOK_BACK = 1_024

export interface EventTailOptions {
  readonly cluster: Cluster
  readonly topic: string
  readonly partition: number
  readonly decoder: EventDecoder
  readonly cache: ChunkCache<readonly OwnedBatch[]>
  /** Shared by all partitions. */
  readonly turns: Turns
  readonly closed: AbortSignal
}

/**
 * Reads one partition of events for all who follow it. Readers at the end share one request to the broker and what it
 * decoded; what this process appends itself they are given without asking the broker at all. Readers further back read
 * for themselves, in chunks that others who come by find decoded.
 */
export class EventTail {
  readonly #options: EventTailOptions
  /** The latest batches, without a gap, from `#start` to `#end`. -1 before the end has been found. */
  readonly #ring: OwnedBatch[] = []
  #ringRecords = 0
  #start = -1
  #end = -1
  /** Readers that wait at the end. */
  #waiting = 0
  #isFollowing = false
  /** The offset after the last batch appended here, while the shard is owned here. */
  #ownedEnd: number | undefined
  #onMarker: ((marker: NewRecord) => void) | undefined
  readonly #grown = new Wake()
  readonly #changed = new Wake()
  /** Why following ended. */
  #failure: Error | undefined

  constructor(options: EventTailOptions) {
    this.#options = options
  }

  /** The shard is owned here from `marker` on: what is appended is told by `appended`, later markers by `onMarker`. */
  owned(marker: number, onMarker: (marker: NewRecord) => void): void {
    this.#ownedEnd = marker
    this.#onMarker = onMarker
  }

  disowned(): void {
    this.#ownedEnd = undefined
    this.#onMarker = undefined
    this.#changed.fire()
  }

  /** This process has appended a batch, and it is durable. */
  appended(batch: OwnedBatch): void {
    if (this.#ownedEnd !== undefined) this.#ownedEnd = Math.max(this.#ownedEnd, batch.next)
    if (batch.first === this.#end) {
      this.#push(batch)
      this.#grown.fire()
    }
    this.#changed.fire()
  }

  /** See `Log.read`. */
  async *read(from: number, signal: AbortSignal): AsyncGenerator<Batch> {
    let next = from
    // Whose batches count.
    let owner = from === 0 ? -1 : this.#ownerBefore(from)
    let look = owner === undefined ? Math.max(0, from - LOOK_BACK) : from
    owner ??= -1
    let hasPassedOver = false
    let chunks = 0
    while (!signal.aborted) {
      const recent = look === next ? this.#fromRing(next) : undefined
      const batches = recent ?? (await this.#catchUp(look, next, signal))
      if (batches === undefined) continue
      // It may have been here already: then nothing else had a turn since the last one.
      if (recent === undefined) await this.#options.turns.next()
      if (signal.aborted) return
      // Who has taken a whole chunk takes more; who looks for one record does not.
      if (recent === undefined && chunks++ > 0 && batches.length > 0) this.#readAhead(batches.at(-1)!.next, signal)
      for (const batch of batches) {
        if (batch.owner >= owner && batch.owner >= 0) owner = batch.owner
        else if (batch.next > next) {
          next = batch.next
          hasPassedOver = true
          continue
        }
        if (batch.next <= next) continue
        next = batch.next
        hasPassedOver = false
        yield batch
        if (signal.aborted) return
      }
      const came = look !== next
      look = Math.min(next, batches.at(-1)?.next ?? next)
      if (came) continue
      // Who waits for the end must hear that it is reached, though the last of it says nothing.
      if (hasPassedOver) yield { partition: this.#options.partition, first: next, next, records: [] }
      hasPassedOver = false
      await this.#grow(next, signal)
    }
  }

  /** The newest owner that the batches before `offset` name, where enough of them are at hand. */
  #ownerBefore(offset: number): number | undefined {
    if (this.#start < 0 || offset > this.#end || (this.#start > 0 && offset - this.#start < LOOK_BACK)) return undefined
    let newest = -1
    for (const { next, owner } of this.#ring) {
      if (next > offset) break
      if (owner > newest) newest = owner
    }
    return newest
  }

  /** The batches from the one that holds `offset`; undefined where the ring does not hold it. */
  #fromRing(offset: number): readonly OwnedBatch[] | undefined {
    if (this.#start < 0 || offset < this.#start || offset >= this.#end) return undefined
    let low = 0
    let high = this.#ring.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#ring[middle]!.next <= offset) low = middle + 1
      else high = middle
    }
    return this.#ring.slice(low)
  }

  /**
   * What the log holds from `offset` on, or from `wanted` on where what is before that has been deleted: nothing at its
   * end. Undefined where whoever read it gave up.
   */
  async #catchUp(offset: number, wanted: number, signal: AbortSignal): Promise<readonly OwnedBatch[] | undefined> {
    if (offset === this.#end) return []
    const { topic, partition, cache } = this.#options
    return cache.get(`${topic}/${partition}/${offset}`, () => this.#fetch(offset, wanted, signal))
  }

  /** Asks for the next chunk while this one is folded, and keeps it for a moment. */
  #readAhead(offset: number, signal: AbortSignal): void {
    if (this.#fromRing(offset) !== undefined) return
    // Where that fails, whoever needs the chunk asks again, and is told why.
    this.#catchUp(offset, offset, signal).catch(() => undefined)
  }

  async #fetch(
    from: number,
    wanted: number,
    signal: AbortSignal,
    patientUntil = performance.now() + BEYOND_MS,
  ): Promise<{ readonly value: readonly OwnedBatch[]; readonly bytes: number } | undefined> {
    const { cluster, topic, partition } = this.#options
    const fetched = await fetchFrom(
      { cluster, topic, partition, from, maxWaitMs: 0, maxBytes: CATCH_UP_BYTES, purpose: 'catch-up' },
      signal,
    )
    if (fetched === undefined) return undefined
    if (fetched.isOutOfRange) {
      // What is only looked at may be gone.
      if (from < fetched.logStart && fetched.logStart <= wanted) return this.#fetch(fetched.logStart, wanted, signal)
      if (from < fetched.logStart || performance.now() >= patientUntil) throw this.#lost(from, fetched.logStart)
      await sleep(BEYOND_EVERY_MS)
      return signal.aborted ? undefined : this.#fetch(from, wanted, signal, patientUntil)
    }
    const batches = this.#decode(fetched.records, from)
    // At the end there is nothing to share: what comes next is more.
    return { value: batches, bytes: batches.length === 0 ? 0 : fetched.records.length }
  }

  #decode(records: Buffer, from: number): OwnedBatch[] {
    const { topic, partition, decoder } = this.#options
    const batches: OwnedBatch[] = []
    for (const raw of readBatches(records, from, `partition ${partition} of ${topic}`)) {
      const decoded = decoder.decode(raw)
      // Nobody can name a marker that comes later.
      const isOwned = decoded !== undefined && decoded.owner <= raw.first
      const { records: mine, owner } = isOwned ? decoded : { records: [], owner: -1 }
      batches.push({ partition, first: raw.first, next: raw.next, records: mine, owner })
    }
    return batches
  }

  /** Waits until there is something at or after `offset`, which was the end a moment ago. */
  async #grow(offset: number, signal: AbortSignal): Promise<void> {
    this.#check()
    if (this.#end < offset) {
      this.#ring.length = 0
      this.#ringRecords = 0
      this.#start = this.#end = offset
    } else if (this.#end > offset) return
    this.#waiting++
    try {
      this.#follow()
      await this.#grown.wait(signal)
    } finally {
      this.#waiting--
    }
    this.#check()
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  #follow(): void {
    if (this.#isFollowing) return
    this.#isFollowing = true
    void this.#followOn()
      .catch((error: unknown) => {
        this.#failure = error as Error
        this.#grown.fire()
      })
      .finally(() => {
        this.#isFollowing = false
        if (this.#waiting > 0 && this.#failure === undefined && !this.#options.closed.aborted) this.#follow()
      })
  }

  async #followOn(): Promise<void> {
    const { cluster, topic, partition, closed } = this.#options
    while (this.#waiting > 0 && !closed.aborted) {
      const isFed = this.#ownedEnd !== undefined && this.#end >= this.#ownedEnd
      if (isFed) {
        const end = this.#end
        await this.#changed.wait(closed, OWNER_LOOKS_MS)
        if (this.#end !== end || this.#ownedEnd === undefined) continue
      }
      const from = this.#end
      const maxWaitMs = isFed ? 0 : POLL_MS
      const fetched = await fetchFrom({ cluster, topic, partition, from, maxWaitMs, maxBytes: LIVE_BYTES, purpose: 'live' }, closed)
      if (fetched === undefined) return
      if (fetched.isOutOfRange) throw this.#lost(from, fetched.logStart)
      this.#take(this.#decode(fetched.records, this.#end))
    }
  }

  #take(batches: readonly OwnedBatch[]): void {
    for (const batch of batches) {
      if (batch.first < this.#end) continue
      this.#push(batch)
      if (this.#ownedEnd !== undefined && batch.owner === batch.first && batch.first >= this.#ownedEnd) this.#onMarker?.(batch.records[0]!)
    }
    if (batches.length > 0) this.#grown.fire()
  }

  #push(batch: OwnedBatch): void {
    this.#ring.push(batch)
    this.#ringRecords += batch.records.length
    this.#end = batch.next
    while (this.#ring.length > RING_BATCHES || (this.#ringRecords > RING_RECORDS && this.#ring.length > 1)) {
      const oldest = this.#ring.shift()!
      this.#ringRecords -= oldest.records.length
      this.#start = oldest.next
    }
  }

  #lost(from: number, logStart: number): MillraceError {
    const { topic, partition } = this.#options
    const why =
      from < logStart
        ? `it begins at ${logStart}: what was before has been deleted. Set retention.ms=-1 and retention.bytes=-1 on the topic`
        : 'it ends before that: the topic was made anew, or a broker came back without its newest records'
    return new MillraceError('LOG_DAMAGED', `partition ${partition} of ${topic} has no offset ${from}: ${why}`, {
      at: { partition, offset: from },
    })
  }
}
