/** Every decision made once more, from the events before it, by the app's own pure functions. */
import { isDeepStrictEqual } from 'node:util'
import type { Aggregate } from '@millrace/core'
import type { Decision } from './decisions.ts'
import type { Say } from './findings.ts'
import type { LoggedCommand, LogRecord } from './log-record.ts'

interface Timer {
  readonly dueMs: number
  readonly type: string
  readonly key: string
  readonly data: unknown
  /** Of its key: a later one of that name replaces it. */
  readonly name: string | undefined
}

interface Scheduled {
  readonly dueMs: number
  readonly name?: string
  readonly command: unknown
}

/** So long after it is due a timer may still be on its way, and a command after it was sent, in milliseconds. */
const MAX_LATE_MS = 30_000
/** The clocks of the processes of one machine are so far apart, in milliseconds, at most. */
const MAX_APART_MS = 1_000

/** What is compared of a record. */
type Said = Pick<LogRecord, 'kind' | 'type' | 'data'>

export interface ReplayOptions {
  readonly aggregate: Aggregate
  /** Of the same partition, by offset. */
  readonly commands: readonly LoggedCommand[]
  /** When all had come to rest, in epoch milliseconds. */
  readonly restMs: number
}

/** Replays the decisions of one partition, in order. */
export function replay(decisions: readonly Decision[], { aggregate, commands, restMs }: ReplayOptions, say: Say): void {
  const states = new Map<string, unknown>()
  const timers = new Map<string, Timer>()

  const fold = (record: LogRecord): void => {
    const { kind, key, type, data, commandId, index } = record
    if (kind === 'event') {
      const evolved = aggregate.evolve[type]?.((states.get(key) ?? aggregate.initialState()) as never, structuredClone(data) as never)
      states.set(key, evolved)
    } else if (kind === 'cancelled') take(key, (data as { readonly name: string }).name)
    else if (kind === 'scheduled') {
      const { dueMs, name, command } = data as Scheduled
      if (name !== undefined) take(key, name)
      timers.set(`${commandId}.${index}`, { dueMs, type, key, data: command, name })
    }
  }

  /** Takes back the timer of that name. */
  const take = (key: string, name: string): void => {
    for (const [id, timer] of timers) if (timer.key === key && timer.name === name) timers.delete(id)
  }

  const decideAgain = (
    asked: { readonly id: string; readonly type: string; readonly key: string; readonly data: unknown },
    nowMs: number,
  ) => {
    const state = states.get(asked.key) ?? aggregate.initialState()
    try {
      const decision = aggregate.decide[asked.type]?.(asked.data as never, state as never, { nowMs, commandId: asked.id, key: asked.key })
      return decision === undefined ? undefined : toSaid(asked.type, decision)
    } catch (error) {
      return [{ kind: 'failed', type: asked.type, data: { message: String(error) } }]
    }
  }

  for (const { partition, commandId, commandOffset, records, clockMs } of decisions) {
    const [first] = records
    if (first === undefined) continue
    const where = `events[${partition}] at ${first.offset}, ${commandId}`
    const timer = timers.get(commandId)
    const command = commandOffset < 0 ? undefined : commands[commandOffset]
    if (commandOffset < 0) {
      if (timer === undefined) say('G', `${where}: no such timer was pending`)
      else if (first.timeMs < timer.dueMs) say('G', `${where}: it fired at ${first.timeMs}, and was due at ${timer.dueMs}`)
      timers.delete(commandId)
    } else if (command !== undefined) {
      // At the time that its sender says, or at the shard's own, where that is ahead of all clocks or behind the sender's.
      const earliestMs = Math.max(clockMs, command.timeMs - MAX_APART_MS)
      const latestMs = Math.max(clockMs, command.timeMs) + MAX_LATE_MS
      if (first.timeMs < earliestMs || first.timeMs > latestMs)
        say('A7', `${where}: decided at ${first.timeMs}, should be ${earliestMs} to ${latestMs}`)
    }
    const asked = command ?? (timer && { ...timer, id: commandId })
    if (asked !== undefined && first.kind !== 'repeated') {
      const expected = decideAgain(asked, first.timeMs)
      const stored = records.map(({ kind, type, data }): Said => ({ kind, type, data }))
      if (!isDeepStrictEqual(stored, expected))
        say('A7', `${where}: ${asked.type} was decided as ${short(stored)}; from the events before it, it is ${short(expected)}`)
    }
    for (const record of records) fold(record)
  }
  for (const [id, { dueMs, type, key }] of timers)
    if (dueMs < restMs - MAX_LATE_MS)
      say('G', `timer ${id} (${type} of ${key}) was due ${restMs - dueMs} ms before the end, and did not fire`)
}

interface Refused {
  readonly kind: 'rejection'
  readonly code: string
  readonly details: unknown
}

/** What an accepted command comes to. */
type Part =
  | { readonly kind: 'event'; readonly type: string; readonly data: unknown }
  | { readonly kind: 'cancel'; readonly name: string }
  | {
      readonly kind: 'schedule'
      readonly dueMs: number
      readonly name: string | undefined
      readonly command: Pick<LogRecord, 'type' | 'data'>
    }

/** A decision as its records say it. */
function toSaid(type: string, decision: Refused | readonly Part[]): readonly Said[] {
  if ('kind' in decision) return [json({ kind: 'rejected', type, data: { code: decision.code, details: decision.details } })]
  if (decision.length === 0) return [{ kind: 'accepted', type, data: {} }]
  return decision.map((part) => {
    if (part.kind === 'event') return json({ kind: 'event', type: part.type, data: part.data })
    if (part.kind === 'cancel') return { kind: 'cancelled', type, data: { name: part.name } }
    return json({ kind: 'scheduled', type: part.command.type, data: { dueMs: part.dueMs, name: part.name, command: part.command.data } })
  })
}

const json = (said: Said): Said => JSON.parse(JSON.stringify(said)) as Said
const short = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 300)
