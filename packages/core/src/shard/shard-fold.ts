import type { Batch, NewRecord } from '../ports/log.ts'
import type { ShardCheckpoint } from '../ports/shard-checkpoints.ts'
import type { Aggregate } from './aggregate.ts'
import { MAX_ID_CHARACTERS } from './command-limits.ts'
import { fromReactionId } from '../reactor/reaction-id.ts'
import { ReactorProgress, type ReactedData, type StoredProgress } from '../reactor/progress.ts'
import { Reactions, type StoredLane } from './reactions.ts'
import type { Registry } from './registry.ts'
import { Timers } from './timers.ts'

/** The `data` of a `scheduled` record; its type and key are the record's. */
export interface ScheduledData {
  readonly dueMs: number
  readonly name?: string
  readonly command: unknown
}

/** A record with the data it was made from, so that folding it need not parse it again. */
export interface Decided {
  readonly record: NewRecord
  readonly data: unknown
}

/** What a checkpoint keeps beside the states. */
interface Summary {
  readonly nextCommand: number
  readonly clockMs: number
  /** Which pages of timers there are: each is a state, see `pageName`. */
  readonly timerPages: readonly number[]
  readonly reactors: Readonly<Record<string, StoredProgress>>
  readonly reactions: readonly StoredLane[]
}

interface TakenCheckpoint {
  readonly next: number
  readonly summary: unknown
  readonly states: ReadonlyMap<string, unknown>
  /** It was not kept: the next one must have what is in it. */
  giveBack(): void
}

/** A state whose fold threw: commands to it fail, all others go on. */
export class BrokenState {
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

/**
 * The fold of one partition of `events`: the state of every aggregate in it, its timers, its clock, and how far its
 * commands are decided. What is folded live and what is folded from the log take the same path.
 */
export class ShardFold {
  readonly #registry: Registry
  readonly #checkpoint: ShardCheckpoint | undefined
  readonly #keepsDirty: boolean
  #broken = false
  readonly #states = new Map<Aggregate, Map<string, unknown>>()
  #dirty = new Map<string, { readonly aggregate: Aggregate; readonly key: string }>()
  readonly timers: Timers = new Timers()
  /** Which commands of reactors have been decided. */
  readonly reactions: Reactions = new Reactions()
  /** How far reactors have come in this partition, by name. */
  readonly reactors: Map<string, ReactorProgress> = new Map()
  /** The next offset of `events[p]`. */
  next = 0
  /** The next offset of `commands[p]` to decide. */
  nextCommand = 0
  /** The recorded time: the latest seen. */
  clockMs = 0

  /** `keepsDirty`: whether `takeCheckpoint` will be called; what changed is then remembered. */
  constructor(registry: Registry, checkpoint: ShardCheckpoint | undefined, keepsDirty: boolean) {
    this.#keepsDirty = keepsDirty
    this.#registry = registry
    this.#checkpoint = checkpoint
    for (const aggregate of registry.byCommand.values()) this.#states.set(aggregate, new Map())
    if (checkpoint === undefined) return
    const { nextCommand, clockMs, timerPages, reactors, reactions } = checkpoint.summary as Summary
    this.next = checkpoint.next
    this.nextCommand = nextCommand
    this.clockMs = clockMs
    for (const page of timerPages) this.timers.restorePage(page, checkpoint.load(pageName(page)) as Uint8Array)
    for (const [name, stored] of Object.entries(reactors)) this.reactors.set(name, ReactorProgress.from(stored))
    this.reactions.restore(reactions)
  }

  get aggregates(): number {
    let count = 0
    for (const states of this.#states.values()) count += states.size
    return count
  }

  /** The state as it is now. One that no event has touched is not kept: a made-up key costs nothing. */
  state(aggregate: Aggregate, key: string): unknown {
    const states = this.#states.get(aggregate)!
    const known = states.get(key)
    if (known !== undefined || states.has(key)) return known
    const stored = this.#checkpoint?.load(nameOf(aggregate, key))
    if (stored === undefined) return aggregate.initialState()
    states.set(key, stored)
    return stored
  }

  /** Folds what the log holds. A batch may begin before what has been folded already, or after a gap. */
  apply(batch: Batch): void {
    if (this.next < batch.first) this.next = batch.first
    for (let at = this.next - batch.first; at < batch.records.length; at++) {
      const record = batch.records[at]!
      if (record.kind === 'event') {
        try {
          this.#evolve(record, JSON.parse(record.data))
        } catch (error) {
          this.#break(record, `event ${record.type} at offset ${batch.first + at} could not be folded: ${String(error)}`)
        }
      }
      this.note(record)
    }
  }

  /**
   * Folds what was decided for one command: all of it, or nothing but a broken state. Returns why it broke.
   * Nothing of a decision that can't be folded may get into the log.
   */
  applyDecided(parts: readonly Decided[]): string | undefined {
    for (const { record, data } of parts) {
      if (record.kind !== 'event') continue
      try {
        this.#evolve(record, data)
      } catch (error) {
        const reason = `event ${record.type} could not be folded: ${String(error)}`
        this.#break(record, reason)
        return reason
      }
    }
    for (const { record } of parts) this.note(record)
    return undefined
  }

  /** Folds all of a record but what an event does to a state. */
  note(record: NewRecord): void {
    this.next++
    if (record.timeMs > this.clockMs) this.clockMs = record.timeMs
    if (record.commandOffset >= 0) {
      this.nextCommand = record.commandOffset + 1
      const reaction = record.index === 0 && record.kind !== 'parked' ? fromReactionId(record.commandId) : undefined
      if (reaction !== undefined) this.reactions.add(reaction)
    } else if (record.kind === 'reacted') this.#react(record)
    else if (record.kind !== 'owned') this.timers.delete(record.commandId)
    if (record.kind === 'scheduled') this.#schedule(record)
    else if (record.kind === 'cancelled') this.#cancel(record)
  }

  #react({ data }: NewRecord): void {
    const reacted = JSON.parse(data) as ReactedData
    const known = this.reactors.get(reacted.reactor) ?? new ReactorProgress()
    known.apply(reacted)
    this.reactors.set(reacted.reactor, known)
  }

  #break({ type, key }: NewRecord, reason: string): void {
    this.#states.get(this.#registry.byEvent.get(type)!)!.set(key, new BrokenState(reason))
    this.#broken = true
  }

  /**
   * What changed since the last call, for a checkpoint at `next`. Undefined while a state is broken: what is stored must
   * stay before the event that broke it, so that mended code folds that event again.
   */
  takeCheckpoint(): TakenCheckpoint | undefined {
    if (this.#broken) return undefined
    const states = new Map<string, unknown>()
    const dirty = this.#dirty
    for (const [name, { aggregate, key }] of dirty) states.set(name, this.#states.get(aggregate)!.get(key))
    this.#dirty = new Map()
    const timers = this.timers.takePages()
    for (const [page, bytes] of timers.changed) states.set(pageName(page), bytes)
    const reactors = Object.fromEntries([...this.reactors].map(([name, progress]) => [name, progress.stored()]))
    const summary: Summary = {
      nextCommand: this.nextCommand,
      clockMs: this.clockMs,
      timerPages: timers.all,
      reactors,
      reactions: this.reactions.stored(),
    }
    const giveBack = (): void => {
      for (const [name, where] of dirty) this.#dirty.set(name, where)
      this.timers.giveBackPages(timers.changed.keys())
    }
    return { next: this.next, summary, states, giveBack }
  }

  #evolve(record: NewRecord, data: unknown): void {
    const aggregate = this.#registry.byEvent.get(record.type)
    if (aggregate === undefined) return
    const { key } = record
    const state = this.state(aggregate, key)
    if (state instanceof BrokenState) return
    const after = aggregate.evolve[record.type]!(state as never, data as never)
    const states = this.#states.get(aggregate)!
    if (after !== state || !states.has(key)) states.set(key, after)
    if (this.#keepsDirty) {
      const name = nameOf(aggregate, key)
      if (!this.#dirty.has(name)) this.#dirty.set(name, { aggregate, key })
    }
  }

  #schedule({ type, key, data, commandId, index }: NewRecord): void {
    const { dueMs, name, command } = JSON.parse(data) as ScheduledData
    const scope = name === undefined ? undefined : timerName(this.#registry.byCommand.get(type), name)
    this.timers.add({ id: timerId(commandId, index, this.next - 1), dueMs, type, key, data: JSON.stringify(command), name: scope })
  }

  #cancel({ type, key, data }: NewRecord): void {
    const { name } = JSON.parse(data) as { readonly name: string }
    this.timers.cancel(key, timerName(this.#registry.byCommand.get(type), name))
  }
}

/** In characters. */
const MAX_TIMER_ID = 240

/**
 * A timer's id is that of the record that set it: so one that sets the next would have a longer one each time. A long one
 * names the record by its offset instead, behind what tells it from those of other partitions: the id of the first command.
 */
function timerId(commandId: string, index: number, offset: number): string {
  const id = `${commandId}.${index}`
  return id.length <= MAX_TIMER_ID ? id : `${commandId.slice(0, MAX_ID_CHARACTERS)}@${offset}`
}

const nameOf = (aggregate: Aggregate, key: string): string => `${aggregate.name}/${key}`

/** Where a checkpoint keeps a page of timers: no aggregate has an empty name. */
const pageName = (page: number): string => `/timers/${page}`

/** Names of timers are unique per aggregate and key. */
const timerName = (aggregate: Aggregate | undefined, name: string): string => `${aggregate?.name ?? ''}/${name}`
