import type { Clock } from '../ports/clock.ts'
import type { NewRecord, Log, OwnedShard } from '../ports/log.ts'
import type { ShardCheckpoints } from '../ports/shard-checkpoints.ts'
import type { Follower } from '../app/follower.ts'
import type { ShardStatus } from '../app/running.ts'
import type { Trace } from '../app/trace.ts'
import { decide, failed, repeated, type Decidable } from './decide.ts'
import type { Registry } from './registry.ts'
import { ShardFold } from './shard-fold.ts'

/** Commands decided as one group, at most: bounds the size of a batch and how long other work waits. */
const MAX_GROUP = 512
/** Appends under way before the shard waits for the first of them. */
const MAX_APPENDS = 8
/** Records folded between two checkpoints. */
const CHECKPOINT_EVERY = 20_000

export interface ShardContext {
  readonly registry: Registry
  readonly log: Log
  readonly clock: Clock
  readonly checkpoints: ShardCheckpoints | undefined
  /** Follows the same partition: knows which ids have been answered. */
  readonly follower: Follower
  readonly trace: Trace
  readonly onTrouble: (error: Error) => void
}

/**
 * The write side: takes commands and due timers of one partition, decides them, appends what was decided as atomic
 * batches. Decides on states that are ahead of the log by what is being appended; when an append fails, all of it is
 * thrown away and the next owner folds the log.
 */
export class Shard {
  readonly #shard: OwnedShard
  readonly #context: ShardContext
  #fold: ShardFold
  #state: ShardStatus['state'] = 'folding'
  readonly #appends = new Set<Promise<void>>()
  #checkpointAt = 0
  #disarm: (() => void) | undefined
  /** Set when an append failed: the states hold what the log does not. */
  #isSpoilt = false

  constructor(shard: OwnedShard, context: ShardContext) {
    this.#shard = shard
    this.#context = context
    this.#fold = new ShardFold(context.registry, undefined, false)
  }

  get status(): ShardStatus {
    const { partition, epoch } = this.#shard
    const { nextCommand, next, aggregates, timers } = this.#fold
    return { partition, epoch, state: this.#state, nextCommand, nextEvent: next, aggregates, timers: timers.size }
  }

  /** Runs until the shard is released or lost. */
  async run(): Promise<void> {
    const { signal } = this.#shard
    try {
      await this.#foldLog()
      if (signal.aborted) return
      this.#state = 'ready'
      this.#fireDue()
      for await (const group of this.#shard.commands(this.#fold.nextCommand, MAX_GROUP)) {
        if (signal.aborted) break
        this.#decide(group)
        if (this.#appends.size >= MAX_APPENDS) await Promise.race(this.#appends)
        if (this.#fold.next >= this.#checkpointAt) await this.#saveCheckpoint()
      }
    } finally {
      this.#state = 'lost'
      this.#disarm?.()
      await Promise.all(this.#appends)
    }
    await this.#saveCheckpoint()
  }

  async #foldLog(): Promise<void> {
    const { partition, marker, signal } = this.#shard
    const { registry, checkpoints, log, follower } = this.#context
    const checkpoint = await checkpoints?.open(partition, registry.stateVersion)
    this.#fold = new ShardFold(
      registry,
      checkpoint !== undefined && checkpoint.next <= marker ? checkpoint : undefined,
      checkpoints !== undefined,
    )
    if (this.#fold.next <= marker) {
      for await (const batch of log.read(partition, this.#fold.next, signal)) {
        this.#fold.apply(batch)
        if (this.#fold.next > marker) break
      }
    }
    this.#checkpointAt = this.#fold.next + CHECKPOINT_EVERY
    await follower.reached(marker + 1, signal)
  }

  #decide(group: readonly Decidable[]): void {
    const records: NewRecord[] = []
    for (const item of group) this.#decideOne(item, records)
    this.#append(records)
    this.#arm()
  }

  #decideOne(item: Decidable, records: NewRecord[]): void {
    const { registry, follower, trace } = this.#context
    const nowMs = Math.max(this.#fold.clockMs, item.timeMs)
    const offset = this.#fold.next
    const known = item.offset < 0 ? undefined : follower.recent.find(item.id, offset)
    let parts = known === undefined ? decide(registry, this.#fold, item, nowMs) : [repeated(item, nowMs, known)]
    const broken = this.#fold.applyDecided(parts)
    if (broken !== undefined) {
      parts = [failed(item, nowMs, broken)]
      this.#fold.applyDecided(parts)
    }
    if (known === undefined) follower.recent.add(item.id, offset)
    for (const { record } of parts) records.push(record)
    trace.step(item.id, 'decided')
  }

  #append(records: readonly NewRecord[]): void {
    if (records.length === 0) return
    const appended = this.#shard.append(records).then(
      () => undefined,
      (error: unknown) => {
        if (this.#isSpoilt) return
        this.#isSpoilt = true
        this.#context.follower.forgetUnread()
        this.#context.onTrouble(error as Error)
      },
    )
    this.#appends.add(appended)
    void appended.then(() => this.#appends.delete(appended))
  }

  /** Decides the timers that are due, a group at a time, and sets the alarm for the next one. */
  #fireDue(): void {
    if (this.#state !== 'ready' || this.#shard.signal.aborted || this.#isSpoilt) return
    const due: Decidable[] = []
    const nowMs = Math.max(this.#context.clock.nowMs(), this.#fold.clockMs)
    for (let timer = this.#fold.timers.first(); timer !== undefined && timer.dueMs <= nowMs; timer = this.#fold.timers.first()) {
      // Deciding takes it out of the timers; this keeps it from coming up twice in one group.
      this.#fold.timers.delete(timer.id)
      due.push({ ...timer, offset: -1, timeMs: Math.ceil(Math.max(timer.dueMs, nowMs)) })
      if (due.length >= MAX_GROUP) break
    }
    if (due.length > 0) this.#decide(due)
    else this.#arm()
  }

  #arm(): void {
    this.#disarm?.()
    const first = this.#fold.timers.first()
    if (first === undefined) this.#disarm = undefined
    else this.#disarm = this.#context.clock.after(Math.max(0, first.dueMs - this.#context.clock.nowMs()), () => this.#fireDue())
  }

  /** Only what is durable may be in a checkpoint, so all appends are waited for. */
  async #saveCheckpoint(): Promise<void> {
    const { checkpoints, registry, onTrouble } = this.#context
    this.#checkpointAt = this.#fold.next + CHECKPOINT_EVERY
    if (checkpoints === undefined || this.#fold.next === 0) return
    await Promise.all(this.#appends)
    if (this.#isSpoilt) return
    const checkpoint = this.#fold.takeCheckpoint()
    if (checkpoint === undefined) return
    await checkpoints.save(this.#shard.partition, registry.stateVersion, checkpoint).catch(onTrouble)
  }
}
