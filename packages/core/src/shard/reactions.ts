import { MAX_REACTIONS, type ReactionId } from '../reactor/reaction-id.ts'

/** What is known of one reactor's commands from one partition of events. */
interface Lane {
  /** All commands of events before it have been decided here. */
  settled: number
  /** Of the later ones, those that have: `offset * MAX_REACTIONS + index`. */
  readonly seen: Set<number>
  /** How many of them are worth being looked through. */
  sweepAt: number
}

/** As a checkpoint has it: reactor, partition, settled, seen. */
export type StoredLane = readonly [reactor: string, partition: number, settled: number, seen: readonly number[]]

const MIN_SWEEP = 256

/**
 * Which commands of reactors have been decided in one shard: a fold of its partition. Nothing is forgotten by age. A
 * command vouches that the commands of all events before its `settled` lay in the log before it was sent. So did they lie
 * in this shard's commands before it, where they are this shard's: whatever of them comes after it is a repeat.
 */
export class Reactions {
  readonly #lanes = new Map<string, Map<number, Lane>>()

  isRepeat({ reactor, partition, offset, index }: ReactionId): boolean {
    const lane = this.#lanes.get(reactor)?.get(partition)
    return lane !== undefined && (offset < lane.settled || lane.seen.has(offset * MAX_REACTIONS + index))
  }

  add({ reactor, partition, offset, index, settled }: ReactionId): void {
    const lane = this.#lane(reactor, partition)
    lane.settled = Math.max(lane.settled, settled)
    if (offset >= lane.settled) lane.seen.add(offset * MAX_REACTIONS + index)
    if (lane.seen.size < lane.sweepAt) return
    for (const each of lane.seen) if (each < lane.settled * MAX_REACTIONS) lane.seen.delete(each)
    lane.sweepAt = Math.max(MIN_SWEEP, 2 * lane.seen.size)
  }

  stored(): readonly StoredLane[] {
    return [...this.#lanes].flatMap(([reactor, lanes]) =>
      [...lanes].map(([partition, { settled, seen }]): StoredLane => [reactor, partition, settled, [...seen]]),
    )
  }

  restore(stored: readonly StoredLane[]): void {
    for (const [reactor, partition, settled, seen] of stored) {
      const lane = this.#lane(reactor, partition)
      lane.settled = settled
      for (const each of seen) lane.seen.add(each)
    }
  }

  #lane(reactor: string, partition: number): Lane {
    let lanes = this.#lanes.get(reactor)
    if (lanes === undefined) this.#lanes.set(reactor, (lanes = new Map<number, Lane>()))
    let lane = lanes.get(partition)
    if (lane === undefined) lanes.set(partition, (lane = { settled: 0, seen: new Set(), sweepAt: MIN_SWEEP }))
    return lane
  }
}
