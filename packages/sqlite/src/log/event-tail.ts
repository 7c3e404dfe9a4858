import type { Batch } from '@millrace/core'
import { Bell } from './bell.ts'

/** Characters of events kept in memory, over all partitions, for readers that follow closely. */
export const TAIL_CHARACTERS: number = 24 * 1024 * 1024

/** The end of `events[p]`: where it is, and the last batches as they were given to `append`, so that nobody decodes them. */
export class EventTail {
  readonly bell: Bell = new Bell()
  /** Offsets before it are durable. */
  durable: number
  /** Where the next append goes: after all that waits to be durable. */
  end: number
  /** The time of the last record. */
  timeMs: number
  readonly #maxCharacters: number
  #batches: Batch[] = []
  #sizes: number[] = []
  #size = 0

  /** Readers that are further behind than `maxCharacters` of data read the database. */
  constructor({ next, timeMs }: { readonly next: number; readonly timeMs: number }, maxCharacters: number) {
    this.#maxCharacters = maxCharacters
    this.durable = next
    this.end = next
    this.timeMs = timeMs
  }

  /** Takes a batch that has become durable. */
  push(batch: Batch): void {
    let size = 0
    for (const record of batch.records) size += record.data.length + 64
    this.#batches.push(batch)
    this.#sizes.push(size)
    this.#size += size
    this.durable = batch.next
    if (this.#size > this.#maxCharacters) this.#shrink()
    this.bell.ring()
  }

  /** Gives up what never became durable, and what is in memory: readers go on from the database, up to `next`. */
  reset({ next, timeMs }: { readonly next: number; readonly timeMs: number }): void {
    this.durable = next
    this.end = next
    this.timeMs = timeMs
    this.#batches = []
    this.#sizes = []
    this.#size = 0
    this.bell.ring()
  }

  /** The batch in memory that holds `offset`. */
  at(offset: number): Batch | undefined {
    if (offset >= this.durable || offset < (this.#batches[0]?.first ?? Infinity)) return undefined
    let low = 0
    let high = this.#batches.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#batches[middle]?.next ?? 0) > offset) high = middle
      else low = middle + 1
    }
    return this.#batches[low]
  }

  /** Down to half, so that it is done once in many batches. */
  #shrink(): void {
    let count = 0
    while (this.#size > this.#maxCharacters / 2) this.#size -= this.#sizes[count++] ?? 0
    this.#batches = this.#batches.slice(count)
    this.#sizes = this.#sizes.slice(count)
  }
}
