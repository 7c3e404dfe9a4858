/** What clients did and saw: a line of JSON each, which the checker reads when all is over. */
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { fromPosition, further, type Position } from './checker/positions.ts'

interface Call {
  /** One person, whatever instance answers: positions never go back within a session. */
  readonly session: string
  /** Which app process was asked, from 0. */
  readonly instance: number
  readonly startMs: number
  readonly endMs: number
  /** Of HTTP; 0 where no answer came, or none that the client was shown. */
  readonly status: number
}

/** One try to send a command. Tries of one command share its id. */
export interface CommandCall extends Call {
  readonly kind: 'command'
  readonly id: string
  readonly type: string
  readonly data: unknown
  /** Sent after the command was answered, under the same id with another body: must be refused. */
  readonly isOther: boolean
  /** `unknown`: it may have been done, or not. `refused`: not taken as a command at all. */
  readonly outcome: 'ok' | 'rejected' | 'refused' | 'unknown'
  readonly receipt?: SeenReceipt
  /** The problem's code, where there is one. */
  readonly code?: string
}

export interface SeenReceipt {
  readonly commandId: string
  readonly outcome: string
  readonly events: readonly unknown[]
  readonly position: string
  readonly code?: string
  readonly details?: unknown
}

/** A query, or a change of a live one, and how far the read model was. */
export interface QueryCall extends Call {
  readonly kind: 'query'
  readonly name: string
  readonly input: Readonly<Record<string, string>>
  /** The show whose events the answer is a fold of; '' for all. */
  readonly showId: string
  /** The position it was to wait for; '' for none. */
  readonly after: string
  /** Missing where no answer came. */
  readonly position?: string
  readonly answer?: unknown
  /** A live query's changes come in the order they are written here. */
  readonly isLive?: boolean
}

/** Something that must never happen was seen by the runner: a process that ended by itself, a system that did not come to rest. */
export interface Trouble {
  readonly kind: 'trouble'
  readonly rule: string
  readonly problem: string
}

/** All faults are over, and all has come to rest. */
export interface Rest {
  readonly kind: 'rest'
  readonly atMs: number
}

export type Line = CommandCall | QueryCall | Trouble | Rest

export interface History extends AsyncDisposable {
  add(line: Line): void
  readonly commands: number
  readonly answers: number
  readonly queries: number
  /** The longest time in which nobody got an answer to a command, in milliseconds. */
  readonly longestSilenceMs: number
  /** The longest time from the first try of a command until its answer, in milliseconds. */
  readonly longestWaitMs: number
  /** The furthest anybody has seen, as text. */
  readonly position: string
  /** Holds and bookings that were accepted, the latest last: ids, each with its show. */
  readonly holds: readonly (readonly [string, string])[]
  readonly bookings: readonly (readonly [string, string])[]
}

/** Writes to `file`. Disposing resolves when all is on disk. */
export function openHistory(file: string): History {
  const stream = createWriteStream(file)
  const ids = new Map<string, number>()
  const answered = new Set<string>()
  let queries = 0
  let lastMs: number | undefined
  let longestSilenceMs = 0
  let longestWaitMs = 0
  let position: Position = new Map()
  const holds: [string, string][] = []
  const bookings: [string, string][] = []
  return {
    add(line) {
      stream.write(`${JSON.stringify(line)}\n`)
      if (line.kind === 'query') queries++
      if (line.kind !== 'command') return
      const firstMs = ids.get(line.id) ?? line.startMs
      ids.set(line.id, firstMs)
      if (line.receipt === undefined) return
      if (!answered.has(line.id) && line.receipt.outcome === 'accepted') {
        const { showId = '', holdId, bookingId } = line.data as Readonly<Record<string, string>>
        if (bookingId !== undefined && line.type === 'ConfirmBooking') bookings.push([bookingId, showId])
        else if (holdId !== undefined && line.type.startsWith('Hold')) holds.push([holdId, showId])
      }
      if (!answered.has(line.id)) longestWaitMs = Math.max(longestWaitMs, line.endMs - firstMs)
      answered.add(line.id)
      position = further(position, fromPosition(line.receipt.position))
      longestSilenceMs = Math.max(longestSilenceMs, line.endMs - (lastMs ?? line.endMs))
      lastMs = Math.max(lastMs ?? 0, line.endMs)
    },
    get commands() {
      return ids.size
    },
    get answers() {
      return answered.size
    },
    get queries() {
      return queries
    },
    get longestSilenceMs() {
      return longestSilenceMs
    },
    get longestWaitMs() {
      return longestWaitMs
    },
    get position() {
      return [...position].map(([partition, next]) => `${partition}-${next}`).join('.')
    },
    holds,
    bookings,
    async [Symbol.asyncDispose]() {
      stream.end()
      await finished(stream)
    },
  }
}
