/**
 * Reads a log from its begin and says whether it kept what was promised: no seat with two owners, every acknowledged command
 * there exactly once with the outcome that was acknowledged, and read models that equal the fold of the log.
 */
import { hash } from 'node:crypto'
import { HouseFold } from './house-fold.ts'
import type { LogLine } from './log-line.ts'
import { isOfCheckout, MoneyFold, type BookEntry, type Money } from './money-fold.ts'

/** The answer somebody was given. `digest`: of its events, or its refusal. */
export interface Acknowledged {
  readonly outcome: string
  readonly digest: string
}

/** A seat map as somebody was shown it, and how far the read model was then: for each partition, the next offset. */
export interface SeenMap {
  readonly showId: string
  readonly position: ReadonlyMap<number, number>
  readonly taken: Readonly<Record<string, string>>
}

export interface Verdict {
  /** Rules broken, in words; the first ones only. */
  readonly problems: readonly string[]
  readonly problemCount: number
  readonly records: number
  readonly events: number
  readonly shows: number
  /** Seats that are booked at the end. */
  readonly sold: number
  /** Acknowledged commands found as they were acknowledged. */
  readonly confirmed: number
  readonly mapsCompared: number
  /** What the provider keeps for checkouts; undefined where it shows no books. */
  readonly money: Money | undefined
}

const MAX_PROBLEMS = 20
/** Kinds of records that answer no command, or answer it again. */
const NO_DECISIONS: ReadonlySet<string> = new Set(['owned', 'reacted', 'repeated', 'parked'])

/** The same for the same answer, wherever it is read. */
export function digestOf(
  answer: { readonly events: readonly { readonly type: string; readonly data: unknown }[] } | { readonly code: string },
): string {
  const text = 'code' in answer ? answer.code : JSON.stringify(answer.events.map(({ type, data }) => [type, data]))
  return hash('sha1', text, 'base64')
}

interface Group {
  readonly commandId: string
  readonly lines: LogLine[]
}

export class Checker {
  readonly #acknowledged: ReadonlyMap<string, Acknowledged>
  readonly #maps: ReadonlyMap<string, readonly SeenMap[]>
  readonly #houses = new Map<string, HouseFold>()
  readonly #decided = new Set<string>()
  readonly #groups = new Map<number, Group>()
  /** Maps yet to be compared, by the partition of their show. */
  readonly #waiting = new Map<number, SeenMap[]>()
  readonly #money = new MoneyFold((problem) => this.#say(problem))
  readonly #problems: string[] = []
  #problemCount = 0
  #records = 0
  #events = 0
  #confirmed = 0
  #mapsCompared = 0

  constructor(acknowledged: ReadonlyMap<string, Acknowledged>, maps: readonly SeenMap[]) {
    this.#acknowledged = acknowledged
    this.#maps = Map.groupBy(maps, ({ showId }) => showId)
  }

  /** The next record of a partition, from the first on. */
  read(partition: number, line: LogLine): void {
    this.#records++
    this.#compare(partition, line.offset)
    this.#group(partition, line)
    if (line.kind !== 'event') return
    this.#events++
    this.#money.apply(line)
    if (isOfCheckout(line.type)) return
    const where = `show ${line.key}, partition ${partition}, offset ${line.offset}`
    let house = this.#houses.get(line.key)
    if (house === undefined) {
      house = new HouseFold((problem) => this.#say(`${problem} (in show ${line.key})`))
      this.#houses.set(line.key, house)
      const maps = this.#maps.get(line.key)
      if (maps !== undefined) this.#waiting.set(partition, [...(this.#waiting.get(partition) ?? []), ...maps])
    }
    try {
      house.apply(line)
    } catch (error) {
      this.#say(`${line.type} cannot be read (${where}): ${String(error)}`)
    }
  }

  /** Checkouts that have yet to come to their end: to be read on for. */
  get openCheckouts(): number {
    return this.#money.open
  }

  /** `books`: those of the payment provider, as they are after the last record. */
  finish(books?: readonly BookEntry[]): Verdict {
    for (const partition of [...this.#waiting.keys()]) this.#compare(partition, Infinity)
    for (const partition of [...this.#groups.keys()]) this.#closeGroup(partition)
    for (const commandId of this.#acknowledged.keys()) {
      if (!this.#decided.has(commandId)) this.#say(`command ${commandId} was acknowledged, but the log has no answer to it`)
    }
    for (const showId of this.#maps.keys()) if (!this.#houses.has(showId)) this.#say(`show ${showId} has a seat map, but no events`)
    const money = books && this.#money.compare(books)
    return {
      problems: this.#problems,
      problemCount: this.#problemCount,
      records: this.#records,
      events: this.#events,
      shows: this.#houses.size,
      sold: this.#houses.values().reduce((sum, { sold }) => sum + sold, 0),
      confirmed: this.#confirmed,
      mapsCompared: this.#mapsCompared,
      money,
    }
  }

  /** Compares the maps that were seen before `offset`: the fold is now exactly what they show. */
  #compare(partition: number, offset: number): void {
    const waiting = this.#waiting.get(partition)
    if (waiting === undefined || waiting.length === 0) return
    const due = waiting.filter(({ position }) => (position.get(partition) ?? 0) <= offset)
    if (due.length === 0) return
    this.#waiting.set(
      partition,
      waiting.filter((map) => !due.includes(map)),
    )
    for (const { showId, taken } of due) {
      this.#mapsCompared++
      const folded = this.#houses.get(showId)?.taken ?? {}
      const differing = [...new Set([...Object.keys(folded), ...Object.keys(taken)])].filter((seat) => folded[seat] !== taken[seat])
      const [seat] = differing
      if (seat !== undefined) {
        this.#say(
          `the seat map of ${showId} differs from the log at ${differing.length} seats, such as ${seat}: ${taken[seat] ?? 'free'}, in the log ${folded[seat] ?? 'free'}`,
        )
      }
    }
  }

  /** The records of one command follow each other. */
  #group(partition: number, line: LogLine): void {
    const group = this.#groups.get(partition)
    if (group?.commandId === line.commandId && line.index > 0) {
      group.lines.push(line)
      return
    }
    this.#closeGroup(partition)
    if (NO_DECISIONS.has(line.kind)) return
    if (line.index !== 0)
      this.#say(
        `command ${line.commandId}: its answer does not begin with its first record (partition ${partition}, offset ${line.offset})`,
      )
    this.#groups.set(partition, { commandId: line.commandId, lines: [line] })
  }

  #closeGroup(partition: number): void {
    const group = this.#groups.get(partition)
    if (group === undefined) return
    this.#groups.delete(partition)
    const { commandId, lines } = group
    if (this.#decided.has(commandId)) this.#say(`command ${commandId} was decided twice`)
    this.#decided.add(commandId)
    const refusal = lines.find(({ kind }) => kind === 'rejected' || kind === 'failed')
    if (refusal !== undefined && lines.length > 1) this.#say(`command ${commandId} was refused, but left something else as well`)
    const acknowledged = this.#acknowledged.get(commandId)
    if (acknowledged === undefined) return
    const outcome = refusal?.kind ?? 'accepted'
    const digest =
      refusal === undefined ? digestOf({ events: lines.filter(({ kind }) => kind === 'event') }) : digestOf({ code: codeOf(refusal) })
    if (acknowledged.outcome !== outcome)
      this.#say(`command ${commandId} was acknowledged as ${acknowledged.outcome}, but is ${outcome} in the log`)
    else if (acknowledged.digest !== digest) this.#say(`command ${commandId} was acknowledged with another answer than the log has`)
    else this.#confirmed++
  }

  #say(problem: string): void {
    this.#problemCount++
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(problem)
  }
}

const codeOf = ({ data }: LogLine): string => (data as { readonly code?: string }).code ?? ''
