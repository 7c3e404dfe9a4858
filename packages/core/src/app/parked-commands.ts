import type { NewRecord } from '../ports/log.ts'
import type { ParkedData } from '../shard/parked.ts'
import type { ParkedCommand } from './running.ts'

/** Those kept, at most. All others are in the log. */
const MAX_KEPT = 1_000

/** The latest commands that were passed over, for an operator. */
export class ParkedCommands {
  #kept: ParkedCommand[] = []

  add(partition: number, { data, timeMs, commandOffset, type, key }: NewRecord): void {
    const { reason, id } = JSON.parse(data) as ParkedData
    const named = { ...(id !== undefined && { commandId: id }), ...(type !== '' && { type }), ...(key !== '' && { key }) }
    this.#kept.push({ topic: 'commands', partition, offset: commandOffset, timeMs, reason, ...named })
    if (this.#kept.length >= 2 * MAX_KEPT) this.#kept = this.#kept.slice(-MAX_KEPT)
  }

  /** Newest first. */
  list(): readonly ParkedCommand[] {
    return this.#kept
      .slice(-MAX_KEPT)
      .reverse()
      .sort((one, other) => other.timeMs - one.timeMs)
  }
}
