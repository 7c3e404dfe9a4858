import type { SeatMapPatch, TakenStatus } from '../api/contract.ts'
import { fromSeatId, sectionOf, type House } from './house.ts'
import { seatCode, toSeatCode, type SeatCode } from './seat-code.ts'

export interface SeatCounts {
  free: number
  held: number
  sold: number
  blocked: number
}

export interface BoardChange {
  /** 'all' after a whole snapshot. */
  readonly seats: readonly number[] | 'all'
  /** Chosen seats that someone else took; they are no longer chosen. */
  readonly lost: readonly number[]
}

const countNames: readonly (keyof SeatCounts)[] = ['free', 'held', 'sold', 'blocked']

/**
 * The statuses of all seats as this visitor sees them: the server's map, and over it the visitor's own choice and hold.
 * Mutable on purpose: 20,000 seats change a few at a time, and every listener repaints only those few.
 */
export class SeatBoard {
  readonly house: House
  /** Grows with every change; lets React compare cheaply. */
  version = 0
  readonly #codes: Uint8Array
  readonly #selected = new Set<number>()
  #mine: ReadonlySet<number> = new Set()
  /** Seats of a hold on its way: a patch that shows them held is our own success, not a loss. */
  #pending: ReadonlySet<number> = new Set()
  readonly #sectionCounts: readonly SeatCounts[]
  readonly #listeners = new Set<(change: BoardChange) => void>()

  readonly #keepsBlocked: boolean

  /** `keepsBlocked`: a blocked seat may be chosen, as the organiser does to put it back on sale. */
  constructor(house: House, { keepsBlocked = false }: { keepsBlocked?: boolean } = {}) {
    this.house = house
    this.#keepsBlocked = keepsBlocked
    this.#codes = new Uint8Array(house.capacity)
    this.#sectionCounts = house.sections.map((section) => ({ free: section.seatCount, held: 0, sold: 0, blocked: 0 }))
  }

  subscribe(listener: (change: BoardChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  code(seat: number): SeatCode {
    if (this.#mine.has(seat)) return seatCode.mine
    if (this.#selected.has(seat)) return seatCode.selected
    return this.serverCode(seat)
  }

  serverCode(seat: number): SeatCode {
    return (this.#codes[seat] ?? seatCode.blocked) as SeatCode
  }

  get selected(): readonly number[] {
    return [...this.#selected].sort((a, b) => a - b)
  }

  get mine(): readonly number[] {
    return [...this.#mine].sort((a, b) => a - b)
  }

  countsOf(sectionIndex: number): Readonly<SeatCounts> {
    return this.#sectionCounts[sectionIndex] ?? { free: 0, held: 0, sold: 0, blocked: 0 }
  }

  get counts(): SeatCounts {
    const sum = { free: 0, held: 0, sold: 0, blocked: 0 }
    for (const counts of this.#sectionCounts) for (const name of countNames) sum[name] += counts[name]
    return sum
  }

  applySnapshot(taken: Readonly<Record<string, TakenStatus>>): void {
    const next = new Uint8Array(this.house.capacity)
    for (const [id, status] of Object.entries(taken)) {
      const seat = fromSeatId(this.house, id)
      if (seat >= 0) next[seat] = toSeatCode(status)
    }
    for (let seat = 0; seat < next.length; seat++) this.#set(seat, next[seat] as SeatCode)
    this.#emit('all', this.#dropLost(this.selected))
  }

  applyPatch(patch: SeatMapPatch): void {
    const changed: number[] = []
    for (const [id, status] of Object.entries(patch.taken ?? {})) {
      const seat = fromSeatId(this.house, id)
      if (seat >= 0 && this.#set(seat, toSeatCode(status))) changed.push(seat)
    }
    if (changed.length > 0) this.#emit(changed, this.#dropLost(changed))
  }

  /** What an answer told us before the live update came: the update will only repeat it. */
  note(seats: readonly number[], code: SeatCode): void {
    const changed = seats.filter((seat) => this.#set(seat, code))
    if (changed.length > 0) this.#emit(changed, this.#dropLost(changed))
  }

  select(seat: number): void {
    if (!this.#selected.has(seat)) {
      this.#selected.add(seat)
      this.#emit([seat], [])
    }
  }

  deselect(seats: readonly number[]): void {
    const changed = seats.filter((seat) => this.#selected.delete(seat))
    if (changed.length > 0) this.#emit(changed, [])
  }

  setMine(seats: readonly number[]): void {
    const changed = [...this.#mine, ...seats]
    this.#mine = new Set(seats)
    for (const seat of seats) this.#selected.delete(seat)
    this.#emit(changed, [])
  }

  setPending(seats: readonly number[]): void {
    this.#pending = new Set(seats)
  }

  #dropLost(candidates: readonly number[]): number[] {
    const lost = candidates.filter((seat) => {
      const code = this.serverCode(seat)
      const gone = code !== seatCode.free && !(this.#keepsBlocked && code === seatCode.blocked)
      return gone && this.#selected.has(seat) && !this.#pending.has(seat) && !this.#mine.has(seat)
    })
    for (const seat of lost) this.#selected.delete(seat)
    return lost
  }

  #set(seat: number, code: SeatCode): boolean {
    const before = this.#codes[seat]
    if (before === undefined || before === code) return false
    this.#codes[seat] = code
    const counts = this.#sectionCounts[sectionOf(this.house, seat).index]
    const from = countNames[before]
    const to = countNames[code]
    if (counts && from && to) {
      counts[from]--
      counts[to]++
    }
    return true
  }

  #emit(seats: BoardChange['seats'], lost: readonly number[]): void {
    this.version++
    for (const listener of this.#listeners) listener({ seats, lost })
  }
}
