import { MillraceError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import { recordBytes, type Log, type NewRecord, type OwnedShard } from '../ports/log.ts'
import type { ShardCheckpoints } from '../ports/shard-checkpoints.ts'
import type { Follower } from '../app/follower.ts'
import type { ShardStatus } from '../app/running.ts'
import type { Trace } from '../app/trace.ts'
import { decide, failed, repeated, type Decidable } from './decide.ts'
import { fromReactionId } from '../reactor/reaction-id.ts'
import type { ReactorPlaces } from '../reactor/places.ts'
import { ReactorProgress, type ReactedData } from '../reactor/progress.ts'
import { checkGroup, type Unfit } from './foreign-command.ts'
import { toParked } from './parked.ts'
import type { Registry } from './registry.ts'
import { ShardFold, type Decided } from './shard-fold.ts'
import { ShardTime } from './shard-time.ts'

/**
 * Commands decided as one group and appended as one batch, at most. A group is all that waits: a lone command goes at
 * once, and the more come, the fewer appends each of them costs. Beyond some thousands that gains nothing, while
 * everything else in the process waits for as long as a group is being decided.
 */
const MAX_GROUP = 1_024
/**
 * What may be decided and not durable yet, in appends and in records, before the shard waits for the first of them:
 * enough to hide the way to the log, and a bound to what an append that fails throws away.
 */
const MAX_APPENDS = 8
const MAX_RECORDS = 8_192
/**
 * With two appends under way, what comes is gathered until one has ended, unless so many wait: small appends cost the log
 * as much as large ones.
 */
const MIN_GROUP = 64
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
  /** Where reactors begin that have never been here. */
  readonly places: ReactorPlaces
  readonly onTrouble: (error: Error) => void
  /** Told why an append failed, and with it the shard was lost. */
  readonly onLost: (error: Error) => void
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
  #time: ShardTime
  #state: ShardStatus['state'] = 'folding'
  readonly #appends = new Set<Promise<void>>()
  /** Records in `#appends`. */
  #appending = 0
  #checkpointAt = 0
  #disarm: (() => void) | undefined
  #disarmRenewal: (() => void) | undefined
  #isRenewalDue = false
  /** A checkpoint waits until all is durable: nothing is added to that. */
  #isSaving = false
  #saving: Promise<void> = Promise.resolve()
  readonly #folded = Promise.withResolvers<void>()
  /** Set when an append failed: the states hold what the log does not. */
  #isSpoilt = false
  /** The shard was to be given up before anything had failed. */
  #isGivenUp = false

  constructor(shard: OwnedShard, context: ShardContext) {
    this.#shard = shard
    this.#context = context
    this.#fold = new ShardFold(context.registry, undefined, false)
    this.#time = new ShardTime(context.clock, 0)
  }

  /** What a checkpoint must have been made of. */
  get #version(): string {
    const { registry, log } = this.#context
    return `${registry.stateVersion} of ${log.identity}`
  }

  get status(): ShardStatus {
    const { partition, epoch } = this.#shard
    const { nextCommand, next, aggregates, timers } = this.#fold
    return { partition, epoch, state: this.#state, nextCommand, nextEvent: next, aggregates, timers: timers.size }
  }

  /** Runs until the shard is released or lost. */
  async run(): Promise<void> {
    const { signal, partition } = this.#shard
    const { registry, clock, log } = this.#context
    // An append that fails aborts the signal in the same turn: that is no giving up.
    signal.addEventListener('abort', () => clock.after(0, () => (this.#isGivenUp = true)), { once: true })
    try {
      await this.#foldLog()
      if (signal.aborted) return
      this.#state = 'ready'
      // Before all else: whoever comes next finds nothing between its own marker and this one's where this is lost.
      for (const each of this.#context.places.beginnings(this.#fold.reactors, this.#shard)) void this.react(each)
      this.#folded.resolve()
      this.#armRenewal()
      this.#fireDue()
      const check = { registry, clock, partition, partitions: log.partitions, signal }
      for await (const group of this.#shard.commands(this.#fold.nextCommand, MAX_GROUP)) {
        const checked = checkGroup(group, check)
        const commands = checked instanceof Promise ? await checked : checked
        if (signal.aborted) break
        this.#decide(commands)
        while (this.#isFull || (this.#appends.size >= 2 && group.length < MIN_GROUP)) await Promise.race(this.#appends)
        if (this.#fold.next >= this.#checkpointAt) await this.#saveCheckpoint()
      }
    } finally {
      this.#state = 'lost'
      this.#folded.resolve()
      this.#disarm?.()
      this.#disarmRenewal?.()
      await Promise.all(this.#appends)
    }
    await this.#saveCheckpoint()
  }

  async #foldLog(): Promise<void> {
    const { partition, marker, signal } = this.#shard
    const { registry, checkpoints, log, clock, follower } = this.#context
    const checkpoint = await checkpoints?.open(partition, this.#version)
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
    this.#time = new ShardTime(clock, this.#fold.clockMs)
    this.#checkpointAt = this.#fold.next + CHECKPOINT_EVERY
    await follower.reached(marker + 1, signal)
  }

  #decide(group: readonly (Decidable | Unfit)[]): void {
    const records: NewRecord[] = []
    for (const item of group) {
      if ('reason' in item) this.#park(item, records)
      else this.#decideOne(item, records)
    }
    if (records.length > 0) void this.#append(records)
    this.#arm()
  }

  #decideOne(item: Decidable, records: NewRecord[]): void {
    const { registry, follower, trace, log } = this.#context
    const nowMs = Math.max(this.#fold.clockMs, item.offset < 0 ? item.timeMs : this.#time.at(item.timeMs))
    const offset = this.#fold.next
    const reaction = item.offset < 0 ? undefined : fromReactionId(item.id)
    const known = item.offset < 0 || reaction !== undefined ? undefined : follower.recent.find(item.id, offset)
    const isRepeat = known !== undefined || (reaction !== undefined && this.#fold.reactions.isRepeat(reaction))
    let parts = isRepeat ? [repeated(item, nowMs, known)] : decide(registry, this.#fold, item, nowMs)
    const bytes = log.maxCommandBytes === Infinity ? 0 : sizeOf(parts)
    const broken =
      bytes > log.maxCommandBytes
        ? `what was decided takes ${bytes} bytes in the log, and may take ${log.maxCommandBytes}`
        : this.#fold.applyDecided(parts)
    if (broken !== undefined) {
      parts = [failed(item, nowMs, broken)]
      this.#fold.applyDecided(parts)
    }
    if (!isRepeat) follower.recent.add(item.id, offset)
    for (const { record } of parts) records.push(record)
    trace.step(item.id, 'decided')
  }

  /** Passes over what is no command of this app, and says so in the log: so the position goes on, and an operator sees it. */
  #park(unfit: Unfit, records: NewRecord[]): void {
    const record = toParked(unfit, this.#shard.partition, Math.max(this.#fold.clockMs, unfit.timeMs))
    this.#fold.note(record)
    records.push(record)
  }

  /** Resolves, whatever comes of it, when it is over. */
  #append(records: readonly NewRecord[]): Promise<void> {
    const wasAborted = this.#shard.signal.aborted
    const appended = this.#shard.append(records).then(
      () => undefined,
      (error: unknown) => {
        if (this.#isSpoilt) return
        this.#isSpoilt = true
        this.#context.follower.forgetUnread()
        // Whoever was to give the shard up anyway may find that it has been taken.
        const isFenced = error instanceof MillraceError && error.code === 'LOG_FENCED'
        if (!isFenced || (!wasAborted && !this.#isGivenUp)) this.#context.onLost(error as Error)
      },
    )
    this.#appends.add(appended)
    this.#appending += records.length
    void appended.then(() => {
      this.#appends.delete(appended)
      this.#appending -= records.length
    })
    return appended
  }

  get #isFull(): boolean {
    return this.#appends.size >= MAX_APPENDS || this.#appending >= MAX_RECORDS
  }

  get #isIdle(): boolean {
    return this.#state !== 'ready' || this.#shard.signal.aborted || this.#isSpoilt || this.#isSaving
  }

  /** Decides the timers that are due, a group at a time, and sets the alarm for the next one. */
  #fireDue(): void {
    if (this.#isIdle) return
    if (this.#isFull) return void Promise.race(this.#appends).then(() => this.#fireDue())
    const due: Decidable[] = []
    const { timers } = this.#fold
    const nowMs = Math.max(this.#time.nowMs(), this.#fold.clockMs)
    while ((timers.nextDueMs ?? Infinity) <= nowMs) {
      const timer = timers.first()!
      // Deciding takes it out of the timers; this keeps it from coming up twice in one group.
      timers.delete(timer.id)
      due.push({ ...timer, offset: -1, timeMs: Math.ceil(Math.max(timer.dueMs, nowMs)) })
      if (due.length >= MAX_GROUP) break
    }
    if (due.length > 0) this.#decide(due)
    else this.#arm()
  }

  #arm(): void {
    this.#disarm?.()
    const { nextDueMs } = this.#fold.timers
    if (nextDueMs === undefined) this.#disarm = undefined
    else this.#disarm = this.#context.clock.after(Math.max(0, this.#time.until(nextDueMs)), () => this.#fireDue())
  }

  #armRenewal(): void {
    const { renewEveryMs } = this.#shard
    if (renewEveryMs === undefined) return
    this.#disarmRenewal = this.#context.clock.after(renewEveryMs, () => {
      this.#isRenewalDue = true
      this.#renew()
      this.#armRenewal()
    })
  }

  /** A marker in the middle of one owner's time, for a log that forgets owners it has not heard of for long. */
  #renew(): void {
    if (!this.#isRenewalDue || this.#isIdle) return
    this.#isRenewalDue = false
    void this.#note('owned', JSON.stringify({ epoch: this.#shard.epoch, renewed: true }), '')
  }

  /** How far a reactor has come in this partition, once that has been folded; undefined where it has never been here, or `'lost'`. */
  async progressOf(reactor: string): Promise<ReactorProgress | 'lost' | undefined> {
    await this.#folded.promise
    if (this.#state !== 'ready') return 'lost'
    const known = this.#fold.reactors.get(reactor)
    return known === undefined ? undefined : ReactorProgress.from(known.stored())
  }

  /** Puts into the log how far a reactor has come. Resolves once that is durable, or the shard is given up. */
  async react(reacted: ReactedData): Promise<void> {
    while (this.#isSaving) await this.#saving
    if (this.#isSpoilt || this.#state !== 'ready') return
    const { partition } = this.#shard
    await this.#note('reacted', JSON.stringify(reacted), `reacted.${partition}.${this.#fold.next}`)
  }

  /** A record of the shard itself, no command's. Its time is now: a log may forget an owner by the time of its newest record. */
  #note(kind: 'owned' | 'reacted', data: string, commandId: string): Promise<void> {
    const timeMs = Math.max(this.#fold.clockMs, Math.floor(this.#time.nowMs()))
    const record: NewRecord = { kind, type: kind, key: '', timeMs, data, commandId, index: 0, commandOffset: -1, fingerprint: 0 }
    this.#fold.note(record)
    return this.#append([record])
  }

  /** Only what is durable may be in a checkpoint, so all appends are waited for. */
  async #saveCheckpoint(): Promise<void> {
    const { checkpoints, onTrouble } = this.#context
    this.#checkpointAt = this.#fold.next + CHECKPOINT_EVERY
    if (checkpoints === undefined || this.#fold.next === 0) return
    this.#isSaving = true
    const saving = Promise.all(this.#appends)
    this.#saving = saving.then(() => undefined)
    await saving
    const checkpoint = this.#isSpoilt ? undefined : this.#fold.takeCheckpoint()
    const saved = checkpoint === undefined ? undefined : checkpoints.save(this.#shard.partition, this.#version, checkpoint)
    this.#isSaving = false
    this.#renew()
    this.#fireDue()
    await saved?.catch((error: unknown) => {
      checkpoint?.giveBack()
      onTrouble(error as Error)
    })
  }
}

function sizeOf(parts: readonly Decided[]): number {
  let bytes = 0
  for (const { record } of parts) bytes += recordBytes(record)
  return bytes
}
