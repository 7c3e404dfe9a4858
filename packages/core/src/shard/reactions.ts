import { clip, intersection, isWithin, merged, type Range } from '../reactor/ranges.ts'
import { MAX_REACTIONS, type ReactionId } from '../reactor/reaction-id.ts'

/** What is known of one reactor's commands from one partition of events. */
interface Lane {
  /** All commands of events before it have been decided here, but for those of events within `open`. */
  settled: number
  /** Before `settled`, in order: nobody has vouched for these. */
  open: readonly Range[]
  /** Of all others, the commands that have been decided: `offset * MAX_REACTIONS + index`. */
  readonly seen: Set<number>
  /** How many of them are worth being looked through. */
  sweepAt: number
}

/** As a checkpoint has it: reactor, partition, settled, seen, open. */
export type StoredLane = readonly [
  reactor: string,
  partition: number,
  settled: number,
  seen: readonly number[],
  open?: readonly Range[] | undefined,
]

const MIN_SWEEP = 256

/**
 * Which commands of reactors have been decided in one shard: a fold of its partition. Nothing is forgotten by age. A
 * command vouches that the commands of all events before its `settled`, but for those it calls `open`, lay in the log before
 * it was sent. So did they lie in this shard's commands before it, where they are this shard's: whatever of them comes after
 * it is a repeat. What has been vouched for once stays so, whoever calls it open later.
 */
export class Reactions {
  readonly #lanes = new Map<string, Map<number, Lane>>()

  isRepeat({ reactor, partition, offset, index }: ReactionId): boolean {
    const lane = this.#lanes.get(reactor)?.get(partition)
    return lane !== undefined && (isVouched(lane, offset) || lane.seen.has(offset * MAX_REACTIONS + index))
  }

  add({ reactor, partition, offset, index, settled, open }: ReactionId): void {
    const lane = this.#lane(reactor, partition)
    if (open.length > 0 || lane.open.length > 0) lane.open = stillOpen(lane, settled, open)
    lane.settled = Math.max(lane.settled, settled)
    if (!isVouched(lane, offset)) lane.seen.add(offset * MAX_REACTIONS + index)
    if (lane.seen.size < lane.sweepAt) return
    for (const each of lane.seen) if (isVouched(lane, Math.floor(each / MAX_REACTIONS))) lane.seen.delete(each)
    lane.sweepAt = Math.max(MIN_SWEEP, 2 * lane.seen.size)
  }

  stored(): readonly StoredLane[] {
    return [...this.#lanes].flatMap(([reactor, lanes]) =>
      [...lanes].map(([partition, { settled, seen, open }]): StoredLane => [reactor, partition, settled, [...seen], open]),
    )
  }

  restore(stored: readonly StoredLane[]): void {
    for (const [reactor, partition, settled, seen, open = []] of stored) {
      const lane = this.#lane(reactor, partition)
      lane.settled = settled
      lane.open = open
      for (const each of seen) lane.seen.add(each)
    }
  }

  #lane(reactor: string, partition: number): Lane {
    let lanes = this.#lanes.get(reactor)
    if (lanes === undefined) this.#lanes.set(reactor, (lanes = new Map<number, Lane>()))
    let lane = lanes.get(partition)
    if (lane === undefined) lanes.set(partition, (lane = { settled: 0, open: [], seen: new Set(), sweepAt: MIN_SWEEP }))
    return lane
  }
}

const isVouched = ({ settled, open }: Lane, offset: number): boolean => offset < settled && !isWithin(open, offset)

/** Before the new mark: what both leave open, and what nobody has spoken of before. Behind it, what was open stays so. */
const stillOpen = (lane: Lane, settled: number, open: readonly Range[]): readonly Range[] =>
  merged([...intersection(clip(lane.open, 0, settled), open), ...clip(lane.open, settled, Infinity), ...clip(open, lane.settled, settled)])
