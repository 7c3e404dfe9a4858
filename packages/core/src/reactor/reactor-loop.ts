import { MillraceError } from '../errors.ts'
import { Signal } from '../internal/signal.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log, NewRecord, OwnedShard } from '../ports/log.ts'
import type { Registry } from '../shard/registry.ts'
import { MAX_PARKED_KEYS } from '../projection/parking/parked-keys.ts'
import { isOperation, PARKED_SKIPPED, type ParkedDecision, type SkipDecision } from '../operations/operations.ts'
import { CallGate } from './effects/call-gate.ts'
import { withDefaults } from './effects/effect-options.ts'
import { nameOf, openAfter, openAfterRetry, whatIsNext, type Name } from './parked-names.ts'
import { PendingEvents, type PendingEvent } from './pending-events.ts'
import { ReactorProgress, type ParkedReaction, type ReactedData } from './progress.ts'
import { reactionOf } from './reaction-of.ts'
import type { Reactor } from './reactor.ts'
import { ageOf, type ReactorStatus } from './reactor-status.ts'
import type { ReactionId } from './reaction-id.ts'
import { sendReaction } from './send-reaction.ts'
import { parkedError, slowError } from './troubles.ts'
import { isMeant, waitingEvents } from './waiting-events.ts'

/** How far a reactor has come goes into the log after so many events, or so long after the first, in milliseconds. */
const NOTE_EVERY = 2_000
const NOTE_EVERY_MS = 500
/** Records that did not matter to it count too, but less. */
const NOTE_EVERY_RECORDS = 20_000
/** A handler without a time limit of its own that takes so long is told of, in milliseconds. */
const SLOW_AFTER_MS = 60_000

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

/** What the loop knows of the shard that it follows. */
export type FollowedShard = Pick<OwnedShard, 'partition' | 'epoch' | 'marker' | 'signal'>

/**
 * One reactor on one partition of events, for as long as its shard is owned here: one assignment for both. What it has
 * handled is a fold of that partition too, so a new owner goes on from there; what is sent again is known again.
 */
export class ReactorLoop {
  readonly reactor: Reactor
  /** Whether what the log says of it has been read: before that, nothing is known to be parked. */
  isLoaded = false
  readonly #owned: FollowedShard
  readonly #shard: ReactingShard
  readonly #context: ReactorContext
  readonly #gate: CallGate
  #progress = new ReactorProgress()
  readonly #pending = new PendingEvents()
  readonly #left = new Signal()
  /** All before it has been looked at. */
  #read = 0
  /** What the log says of how far this has come, and what has been handled since. */
  #noted = 0
  #handledSince = 0
  #cancelNote: (() => void) | undefined
  #isAway = false
  /** Handlers that take longer than they should. */
  #slow = 0
  readonly #stopped = new AbortController()
  readonly #signal: AbortSignal

  constructor(reactor: Reactor, owned: FollowedShard, shard: ReactingShard, context: ReactorContext) {
    this.reactor = reactor
    this.#owned = owned
    this.#shard = shard
    this.#context = context
    this.#gate = new CallGate(withDefaults(reactor.effect ?? {}), context.clock)
    this.#signal = AbortSignal.any([owned.signal, this.#stopped.signal])
  }

  get #where(): { readonly reactor: string; readonly partition: number } {
    return { reactor: this.reactor.name, partition: this.#owned.partition }
  }

  get status(): ReactorStatus {
    const { parked } = this.#progress
    const { oldest } = this.#pending
    return {
      name: this.reactor.name,
      partition: this.#owned.partition,
      next: this.#settled,
      pending: this.#pending.size,
      ...(oldest !== undefined && { oldest: ageOf(oldest, this.#context.clock.nowMs()) }),
      isBroken: this.#gate.isShut,
      parked: [...parked.values()],
    }
  }

  /** Runs until the shard is given up. Rejects where the log can't be read, or can take no more commands. */
  async run(): Promise<void> {
    const { partition, signal } = this.#owned
    const known = await this.#shard.progressOf(this.reactor.name)
    if (signal.aborted || known === 'lost') return
    this.#progress = known ?? new ReactorProgress()
    this.#read = this.#noted = this.#progress.next
    this.isLoaded = true
    signal.addEventListener('abort', () => this.#end(), { once: true })
    try {
      for await (const batch of this.#context.log.read(partition, this.#read, this.#signal)) {
        for (let at = Math.max(0, this.#read - batch.first); at < batch.records.length; at++) {
          const record = batch.records[at]!
          if (record.kind === 'owned' && this.#isOver(record, batch.first + at)) return
          if (record.kind !== 'event' || !this.#isMine(record)) continue
          while (this.#pending.isFull && !this.#signal.aborted) {
            this.#read = batch.first + at
            await this.#left.wait(this.#signal)
          }
          if (this.#signal.aborted) return
          const first = this.#pending.add(record, batch.first + at, this.#context.clock.nowMs())
          if (first !== undefined) void this.#work(first)
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
    return this.#pending.oldest?.offset ?? this.#read
  }

  /**
   * Whether somebody else owns the shard from that marker on. Then nothing behind it is for this one, however late it learns
   * that: who comes next knows that no former owner has sent what follows from events behind its own marker.
   */
  #isOver({ data }: NewRecord, offset: number): boolean {
    return offset > this.#owned.marker && epochOf(data) !== this.#owned.epoch
  }

  #isMine({ type, data }: NewRecord): boolean {
    if (!isOperation(type)) return Object.hasOwn(this.reactor.on, type)
    return (JSON.parse(data) as ParkedDecision).reader === this.reactor.name
  }

  /** One key's events, one after the other. */
  async #work(first: PendingEvent): Promise<void> {
    try {
      for (let event: PendingEvent | undefined = first; event !== undefined;) {
        if (event.record === undefined) await this.#pending.recall(event, this.#context.log, this.#owned.partition, this.#signal)
        if (event.record !== undefined) await this.#handle(event.record, event.offset)
        if (this.#signal.aborted) return
        event = this.#pending.next(event)
        this.#handledSince++
        this.#left.fire()
        this.#noteIfDue()
      }
    } catch (error) {
      this.#stopped.abort(error)
    }
  }

  async #handle(record: NewRecord, offset: number): Promise<void> {
    const parked = this.#progress.parked.get(record.key)
    if (isOperation(record.type)) {
      if (parked !== undefined && isMeant(record, offset, parked)) await this.#retry(record, offset, parked)
    } else if (!this.#progress.isPast(record.key, offset)) {
      const failed = await this.#tried(record, offset, { offset, index: 0 })
      if (typeof failed === 'number') return
      await this.#park({ ...failed, triedAt: offset, sinceMs: record.timeMs, tries: 1, ...openAfter({ offset }, this.#owned.marker) })
    }
  }

  /** Handles an event, in a name. Resolves with the next free index there, or with what is to be parked. */
  async #tried(record: NewRecord, offset: number, name: Name): Promise<number | Failed> {
    const context = { ...this.#context, signal: this.#signal, gate: this.#gate }
    let isSending = false
    try {
      const reaction = reactionOf(this.reactor, record, context)
      const commands = reaction instanceof Promise ? await this.#watched(reaction, record, offset) : reaction
      if (this.#signal.aborted) return name.index
      isSending = true
      const id = { ...this.#where, ...name }
      const vouched = (): Pick<ReactionId, 'settled' | 'open'> => ({ settled: this.#settled, open: this.#progress.open })
      await sendReaction(commands, id, record, { ...context, vouched, onRetry: (error) => this.#tell(error) })
      this.#isAway = false
      return name.index + commands.length
    } catch (error) {
      if (this.#signal.aborted) return name.index
      // The log can't go on: that is no fault of the event.
      if (isSending && error instanceof MillraceError && error.code.startsWith('LOG_')) throw error
      const reason = error instanceof Error && error.name !== 'AttemptsFailed' ? `${error.name}: ${error.message}` : String(error)
      return { key: record.key, offset, type: record.type, reason: reason.slice(0, 2_000).toWellFormed() }
    }
  }

  /** An operator is told of a handler that takes very long, unless it has a time limit. Of one at a time: they may be many. */
  async #watched<T>(reaction: Promise<T>, { type }: NewRecord, offset: number): Promise<T> {
    if (this.reactor.effect !== undefined) return reaction
    let isSlow = false
    const stop = this.#context.clock.after(SLOW_AFTER_MS, () => {
      isSlow = true
      if (this.#slow++ === 0) this.#context.onTrouble(slowError(this.#where, { type, offset }, SLOW_AFTER_MS))
    })
    try {
      return await reaction
    } finally {
      stop()
      if (isSlow) this.#slow--
    }
  }

  /**
   * All that waits of a key, in order, up to the event that says so; without the one that is to be skipped. After each, the
   * log says which one is next: so an owner that dies has one at most of which nobody knows whether it has been sent.
   */
  async #retry(said: NewRecord, until: number, parked: ParkedReaction): Promise<void> {
    const { key, tries, sinceMs } = parked
    const where = { partition: this.#owned.partition, key, from: parked.offset, until }
    const skipped = said.type === PARKED_SKIPPED ? (JSON.parse(said.data) as SkipDecision).offset : undefined
    let waiting = parked
    let free: Name = { offset: until, index: parked.sentAs?.offset === until ? parked.sentAs.index : 0 }
    for await (const { record, offset } of waitingEvents(this.#context.log, where, this.#signal)) {
      if (!Object.hasOwn(this.reactor.on, record.type) || offset === skipped) continue
      if (offset !== waiting.offset) {
        waiting = whatIsNext(waiting, { offset, type: record.type }, free)
        await this.#note({ parked: [waiting] })
      }
      const name = nameOf(waiting, free)
      const tried = this.#signal.aborted ? name.index : await this.#tried(record, offset, name)
      if (this.#signal.aborted) return
      if (typeof tried !== 'number') {
        const open = openAfterRetry(waiting, name, until, this.#owned.marker)
        return this.#park({ ...tried, triedAt: until, sinceMs, tries: offset === parked.offset ? tries + 1 : 1, ...open })
      }
      if (name.offset === until) free = { offset: until, index: tried }
    }
    if (this.#signal.aborted) return
    await this.#note({ freed: [{ key, until }] })
  }

  /** Before anything later is settled: who comes next must not take it for handled. */
  async #park(parked: ParkedReaction): Promise<void> {
    const known = this.#progress.parked
    if (known.size >= MAX_PARKED_KEYS && !known.has(parked.key))
      throw new MillraceError(
        'REACTION_PARKED',
        `${known.size} keys are parked: that is the handler's fault, not theirs. The last one: ${parked.reason}. Mend it, and start again`,
      )
    const { openBefore, sentAs: _, ...rest } = parked
    const isKnownAgain = openBefore === undefined || this.#progress.hasRoomFor(parked)
    const kept: ParkedReaction = isKnownAgain ? parked : { ...rest, mayRepeat: true }
    this.#context.onTrouble(parkedError(this.#where, kept))
    await this.#note({ parked: [kept] })
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

type Failed = Pick<ParkedReaction, 'key' | 'offset' | 'type' | 'reason'>

/** What a marker says, whoever wrote it. */
function epochOf(data: string): unknown {
  try {
    return (JSON.parse(data) as { readonly epoch?: unknown } | null)?.epoch
  } catch {
    return undefined
  }
}
