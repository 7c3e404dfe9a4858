import { MillraceError } from '../errors.ts'
import { Signal } from '../internal/signal.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log, NewRecord, OwnedShard } from '../ports/log.ts'
import type { Registry } from '../shard/registry.ts'
import { MAX_PARKED_KEYS } from '../projection/parking/parked-keys.ts'
import { isOperation, PARKED_SKIPPED, type ParkedDecision, type SkipDecision } from '../operations/operations.ts'
import { CallGate } from './effects/call-gate.ts'
import { withDefaults } from './effects/effect-options.ts'
import { ReactorProgress, type ParkedReaction, type ReactedData } from './progress.ts'
import { reactionOf } from './reaction-of.ts'
import type { Reactor } from './reactor.ts'
import { sendReaction } from './send-reaction.ts'

/** Events that are being handled, at most, however many wait behind a key or for their next attempt. */
const MAX_PENDING = 4_096
/**
 * How many events may be taken on while one takes for ever: whoever their commands are for remembers each of them, until
 * that one is settled too.
 */
const MAX_AHEAD = 100_000
/** How far a reactor has come goes into the log after so many events, or so long after the first, in milliseconds. */
const NOTE_EVERY = 2_000
const NOTE_EVERY_MS = 500
/** Records that did not matter to it count too, but less. */
const NOTE_EVERY_RECORDS = 20_000

/** The shard whose events are followed: it writes down how far. */
export interface ReactingShard {
  /** `'lost'` where the shard was not folded to its end: nothing is known then. */
  progressOf(reactor: string): Promise<ReactorProgress | 'lost' | undefined>
  /** Resolves once it is durable, or the shard is given up. */
  react(reacted: ReactedData): Promise<void>
}

export interface ReactorContext {
  readonly log: Log
  readonly registry: Registry
  readonly clock: Clock
  readonly onTrouble: (error: Error) => void
}

export interface ReactorStatus {
  readonly name: string
  readonly partition: number
  /** All before it has been handled, but for keys that are parked. */
  readonly next: number
  /** Events that are being handled, or wait for their turn or their next attempt. */
  readonly pending: number
  /** True while the outside is down, as far as can be told from here: see `EffectOptions.breakAfter`. */
  readonly isBroken: boolean
  readonly parked: readonly ParkedReaction[]
}

interface Task {
  readonly record: NewRecord
  readonly offset: number
  /** How many were taken on before it. */
  readonly nth: number
}

/**
 * One reactor on one partition of events, for as long as its shard is owned here: one assignment for both. What it has
 * handled is a fold of that partition too, so a new owner goes on from there; what is sent again is known again.
 */
export class ReactorLoop {
  readonly reactor: Reactor
  /** Whether what the log says of it has been read: before that, nothing is known to be parked. */
  isLoaded = false
  readonly #owned: Pick<OwnedShard, 'partition' | 'marker' | 'signal'>
  readonly #shard: ReactingShard
  readonly #context: ReactorContext
  readonly #gate: CallGate
  #progress = new ReactorProgress()
  /** By offset, in their order: what has not been settled. */
  readonly #pending = new Map<number, Task>()
  /** By key: what is being handled, and what waits behind it. */
  readonly #lanes = new Map<string, Task[]>()
  readonly #left = new Signal()
  #taken = 0
  /** All before it has been looked at. */
  #read = 0
  /** What the log says of how far this has come, and what has been handled since. */
  #noted = 0
  #handledSince = 0
  #cancelNote: (() => void) | undefined
  #isAway = false
  readonly #stopped = new AbortController()
  readonly #signal: AbortSignal

  constructor(reactor: Reactor, owned: Pick<OwnedShard, 'partition' | 'marker' | 'signal'>, shard: ReactingShard, context: ReactorContext) {
    this.reactor = reactor
    this.#owned = owned
    this.#shard = shard
    this.#context = context
    this.#gate = new CallGate(withDefaults(reactor.effect ?? {}), context.clock)
    this.#signal = AbortSignal.any([owned.signal, this.#stopped.signal])
  }

  get status(): ReactorStatus {
    const { parked } = this.#progress
    return {
      name: this.reactor.name,
      partition: this.#owned.partition,
      next: this.#settled,
      pending: this.#pending.size,
      isBroken: this.#gate.isShut,
      parked: [...parked.values()],
    }
  }

  /** Runs until the shard is given up. Rejects where the log can't be read, or can take no more commands. */
  async run(): Promise<void> {
    const { partition, marker, signal } = this.#owned
    const known = await this.#shard.progressOf(this.reactor.name)
    if (signal.aborted || known === 'lost') return
    this.#progress = known ?? new ReactorProgress(this.reactor.since === 'now' ? marker : 0)
    this.#read = this.#noted = this.#progress.next
    this.isLoaded = true
    if (known === undefined && this.reactor.since === 'now') await this.#note()
    signal.addEventListener('abort', () => this.#end(), { once: true })
    try {
      for await (const batch of this.#context.log.read(partition, this.#read, this.#signal)) {
        for (let at = Math.max(0, this.#read - batch.first); at < batch.records.length; at++) {
          const record = batch.records[at]!
          if (record.kind !== 'event' || !this.#isMine(record)) continue
          while (this.#isFull && !this.#signal.aborted) {
            this.#read = batch.first + at
            await this.#left.wait(this.#signal)
          }
          if (this.#signal.aborted) return
          this.#take({ record, offset: batch.first + at, nth: this.#taken++ })
        }
        this.#read = batch.next
        this.#noteIfDue()
      }
    } finally {
      this.#cancelNote?.()
    }
    if (this.#stopped.signal.aborted) throw this.#stopped.signal.reason
  }

  /** All events before it are settled: their commands are in the log, or their keys parked there. */
  get #settled(): number {
    for (const offset of this.#pending.keys()) return offset
    return this.#read
  }

  get #isFull(): boolean {
    if (this.#pending.size >= MAX_PENDING) return true
    for (const { nth } of this.#pending.values()) return this.#taken - nth >= MAX_AHEAD
    return false
  }

  #isMine({ type, data }: NewRecord): boolean {
    if (!isOperation(type)) return Object.hasOwn(this.reactor.on, type)
    return (JSON.parse(data) as ParkedDecision).reader === this.reactor.name
  }

  #take(task: Task): void {
    this.#pending.set(task.offset, task)
    const { key } = task.record
    const lane = this.#lanes.get(key)
    if (lane !== undefined) return void lane.push(task)
    const begun = [task]
    this.#lanes.set(key, begun)
    void this.#work(key, begun)
  }

  /** One key's events, one after the other. */
  async #work(key: string, lane: Task[]): Promise<void> {
    try {
      for (let task = lane[0]; task !== undefined; task = lane[0]) {
        await this.#handle(task)
        if (this.#signal.aborted) return
        lane.shift()
        this.#pending.delete(task.offset)
        this.#handledSince++
        this.#left.fire()
        this.#noteIfDue()
      }
      this.#lanes.delete(key)
    } catch (error) {
      this.#stopped.abort(error)
    }
  }

  async #handle(task: Task): Promise<void> {
    const { record, offset } = task
    if (isOperation(record.type)) {
      const parked = this.#progress.parked.get(record.key)
      if (parked !== undefined && parked.triedAt < offset && isMeant(record, parked)) await this.#retry(task, parked)
    } else if (!this.#progress.isPast(record.key, offset)) {
      const failed = await this.#tried(record, offset, { at: offset, index: 0 })
      if (typeof failed !== 'number') await this.#park({ ...failed, triedAt: offset, sinceMs: record.timeMs, tries: 1 })
    }
  }

  /**
   * Handles an event, in the name of the one at offset `at`: its own, or that of a retry. Resolves with the next free
   * index there, or with what is to be parked.
   */
  async #tried(
    record: NewRecord,
    offset: number,
    { at, index }: { readonly at: number; readonly index: number },
  ): Promise<number | Pick<ParkedReaction, 'key' | 'offset' | 'type' | 'reason'>> {
    const { partition } = this.#owned
    const context = { ...this.#context, signal: this.#signal, gate: this.#gate }
    let isSending = false
    try {
      const reaction = reactionOf(this.reactor, record, context)
      const commands = reaction instanceof Promise ? await reaction : reaction
      if (this.#signal.aborted) return index
      isSending = true
      const id = { reactor: this.reactor.name, partition, offset: at, index }
      await sendReaction(commands, id, record, { ...context, settled: () => this.#settled, onRetry: (error) => this.#tell(error) })
      this.#isAway = false
      return index + commands.length
    } catch (error) {
      if (this.#signal.aborted) return index
      // The log can't go on: that is no fault of the event.
      if (isSending && error instanceof MillraceError && error.code.startsWith('LOG_')) throw error
      const reason = error instanceof Error && error.name !== 'AttemptsFailed' ? `${error.name}: ${error.message}` : String(error)
      return { key: record.key, offset, type: record.type, reason: reason.slice(0, 2_000).toWellFormed() }
    }
  }

  /** All that waits of a key, in order, up to the event that says so; without the first one where that is to be skipped. */
  async #retry({ record: said, offset: until }: Task, parked: ParkedReaction): Promise<void> {
    const { key, offset: from, tries, sinceMs } = parked
    let index = 0
    for await (const batch of this.#context.log.read(this.#owned.partition, from, this.#signal)) {
      for (let at = Math.max(0, from - batch.first); at < batch.records.length && batch.first + at < until; at++) {
        const record = batch.records[at]!
        const offset = batch.first + at
        if (record.kind !== 'event' || record.key !== key || !Object.hasOwn(this.reactor.on, record.type)) continue
        if (said.type === PARKED_SKIPPED && offset === from) continue
        const tried = await this.#tried(record, offset, { at: until, index })
        if (this.#signal.aborted) return
        if (typeof tried !== 'number') return this.#park({ ...tried, triedAt: until, sinceMs, tries: offset === from ? tries + 1 : 1 })
        index = tried
      }
      if (batch.next >= until) break
    }
    if (this.#signal.aborted) return
    await this.#note({ freed: [{ key, until }] })
  }

  /** Before anything later is settled: who comes next must not take it for handled. */
  async #park(parked: ParkedReaction): Promise<void> {
    const { name } = this.reactor
    const known = this.#progress.parked
    if (known.size >= MAX_PARKED_KEYS && !known.has(parked.key))
      throw new MillraceError(
        'REACTION_PARKED',
        `${known.size} keys are parked: that is the handler's fault, not theirs. The last one: ${parked.reason}. Mend it, and start again`,
      )
    const at = { reactor: name, partition: this.#owned.partition, offset: parked.offset, event: parked.type }
    this.#context.onTrouble(
      new MillraceError(
        'REACTION_PARKED',
        `reactor '${name}' could not handle ${parked.type} at partition ${at.partition}, offset ${parked.offset}: ${parked.reason}. ` +
          'Its key is parked with all that follows for it; all others go on. Mend what failed, then retry or skip it',
        { at },
      ),
    )
    await this.#note({ parked: [parked] })
  }

  #noteIfDue(): void {
    const ahead = this.#settled - this.#noted
    if (ahead <= 0 || (this.#handledSince === 0 && ahead < NOTE_EVERY_RECORDS)) return
    if (ahead >= NOTE_EVERY) void this.#note()
    else this.#cancelNote ??= this.#context.clock.after(NOTE_EVERY_MS, () => void this.#note())
  }

  async #note(change: Pick<ReactedData, 'parked' | 'freed'> = {}): Promise<void> {
    this.#cancelNote?.()
    this.#cancelNote = undefined
    this.#handledSince = 0
    this.#noted = this.#settled
    this.#progress.apply({ next: this.#noted, ...change })
    await this.#shard.react({ reactor: this.reactor.name, next: this.#noted, ...change })
  }

  /** Given up in good order, the shard still takes what says how far this has come. */
  #end(): void {
    if (this.#handledSince > 0) void this.#note()
  }

  /** Told once, until it goes well again. */
  #tell(error: Error): void {
    if (!this.#isAway) this.#context.onTrouble(error)
    this.#isAway = true
  }
}

/** Who has the first event that waits skipped, names it: by then, it may be another one that waits. */
const isMeant = ({ type, data }: NewRecord, { offset }: ParkedReaction): boolean =>
  type !== PARKED_SKIPPED || (JSON.parse(data) as SkipDecision).offset === offset
