import type { StoredCommand } from '@millrace/core'
import { Bell } from './bell.ts'

/** Durable commands kept per partition for a shard that follows closely. Those not yet durable are always kept. */
const MAX_DURABLE = 4_096

/** The end of `commands[p]`: what a shard may handle, durable or not yet. */
export class CommandTail {
  readonly bell: Bell = new Bell()
  /** Offsets before it are durable. */
  durable: number
  #first: number
  #commands: StoredCommand[] = []

  constructor(next: number) {
    this.durable = next
    this.#first = next
  }

  /** The offset in memory that comes first; those before it are in the database. */
  get first(): number {
    return this.#first
  }

  /** Where the next command goes. */
  get end(): number {
    return this.#first + this.#commands.length
  }

  push(command: StoredCommand): void {
    this.#commands.push(command)
    this.bell.ring()
  }

  /** All before `next` have become durable. */
  settle(next: number): void {
    this.durable = next
    const surplus = next - this.#first - MAX_DURABLE
    if (surplus < MAX_DURABLE) return
    this.#commands = this.#commands.slice(surplus)
    this.#first += surplus
  }

  /** Gives up what never became durable. */
  reset(next: number): void {
    this.durable = next
    this.#first = next
    this.#commands = []
    this.bell.ring()
  }

  /** At most `maxRecords` commands from offset `from`, which is not before `first`. */
  slice(from: number, maxRecords: number): readonly StoredCommand[] {
    const start = from - this.#first
    return this.#commands.slice(start, start + maxRecords)
  }
}
