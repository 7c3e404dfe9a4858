import { fingerprintOf } from '../internal/hash.ts'
import { SlotIndex } from '../internal/slot-index.ts'
import { TimerPages, type Timer } from './timer-pages.ts'

/** Slots at first. Doubled when they are used up. */
const MIN_SLOTS = 64

/**
 * The timers of a shard: a binary heap by due time. Each has a slot, a place in a few typed arrays; what it says lies in
 * pages of bytes. Slots are found by id and by key and name.
 */
export class Timers {
  readonly #pages = new TimerPages((slot, address) => (this.#addresses[slot] = address))
  readonly #byId = new SlotIndex((slot) => fingerprintOf(this.#timer(slot).id))
  readonly #byName = new SlotIndex((slot) => nameHash(this.#timer(slot)))
  #dueMs = new Float64Array(MIN_SLOTS)
  #addresses = new Float64Array(MIN_SLOTS)
  /** Where in the heap a slot is. */
  #places = new Int32Array(MIN_SLOTS)
  /** Slots; the first `#size` are a heap, the rest are free. */
  #heap = Int32Array.from({ length: MIN_SLOTS }, (_, slot) => slot)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** When the next one is due, or undefined where there is none. */
  get nextDueMs(): number | undefined {
    return this.#size === 0 ? undefined : this.#dueMs[this.#heap[0]!]
  }

  add(timer: Timer): void {
    if (timer.name !== undefined) this.cancel(timer.key, timer.name)
    this.#take(timer, (slot) => this.#pages.add(timer, slot))
  }

  cancel(key: string, name: string): void {
    const slot = this.#byName.find(nameHash({ key, name }), (at) => {
      const timer = this.#timer(at)
      return timer.key === key && timer.name === name
    })
    if (slot !== undefined) this.#remove(slot)
  }

  delete(id: string): void {
    const slot = this.#byId.find(fingerprintOf(id), (at) => this.#timer(at).id === id)
    if (slot !== undefined) this.#remove(slot)
  }

  /** The next timer to fire, left where it is. */
  first(): Timer | undefined {
    return this.#size === 0 ? undefined : this.#timer(this.#heap[0]!)
  }

  /** For a checkpoint: the pages that changed since the last one, null for those that are gone; and all there are. */
  takePages(): { readonly changed: ReadonlyMap<number, Uint8Array | null>; readonly all: readonly number[] } {
    return { changed: this.#pages.takeDirty(), all: this.#pages.indexes() }
  }

  /** The pages that were taken were not kept: they are changed still. */
  giveBackPages(indexes: Iterable<number>): void {
    this.#pages.touch(indexes)
  }

  restorePage(index: number, bytes: Uint8Array): void {
    this.#pages.restore(index, bytes, (address) => this.#take(this.#pages.get(address), () => address))
  }

  #timer(slot: number): Timer {
    return this.#pages.get(this.#addresses[slot]!)
  }

  #take(timer: Timer, place: (slot: number) => number): number {
    if (this.#size === this.#heap.length) this.#grow()
    const slot = this.#heap[this.#size]!
    this.#addresses[slot] = place(slot)
    this.#dueMs[slot] = timer.dueMs
    this.#byId.add(fingerprintOf(timer.id), slot)
    if (timer.name !== undefined) this.#byName.add(nameHash(timer), slot)
    this.#up(this.#size++, slot)
    return slot
  }

  #remove(slot: number): void {
    const timer = this.#timer(slot)
    this.#byId.delete(fingerprintOf(timer.id), slot)
    if (timer.name !== undefined) this.#byName.delete(nameHash(timer), slot)
    this.#pages.delete(this.#addresses[slot]!)
    const place = this.#places[slot]!
    const last = this.#heap[--this.#size]!
    this.#heap[this.#size] = slot
    if (last === slot) return
    this.#up(place, last)
    this.#down(this.#places[last]!, last)
  }

  #grow(): void {
    const length = 2 * this.#heap.length
    const [dueMs, addresses, places] = [new Float64Array(length), new Float64Array(length), new Int32Array(length)]
    dueMs.set(this.#dueMs)
    addresses.set(this.#addresses)
    places.set(this.#places)
    const heap = Int32Array.from({ length }, (_, at) => this.#heap[at] ?? at)
    ;[this.#dueMs, this.#addresses, this.#places, this.#heap] = [dueMs, addresses, places, heap]
  }

  #set(place: number, slot: number): void {
    this.#heap[place] = slot
    this.#places[slot] = place
  }

  #up(start: number, slot: number): void {
    const dueMs = this.#dueMs[slot]!
    let place = start
    while (place > 0) {
      const parent = (place - 1) >> 1
      const above = this.#heap[parent]!
      if (this.#dueMs[above]! <= dueMs) break
      this.#set(place, above)
      place = parent
    }
    this.#set(place, slot)
  }

  #down(start: number, slot: number): void {
    const dueMs = this.#dueMs[slot]!
    let place = start
    for (;;) {
      let child = 2 * place + 1
      if (child >= this.#size) break
      if (child + 1 < this.#size && this.#dueMs[this.#heap[child + 1]!]! < this.#dueMs[this.#heap[child]!]!) child++
      const below = this.#heap[child]!
      if (this.#dueMs[below]! >= dueMs) break
      this.#set(place, below)
      place = child
    }
    this.#set(place, slot)
  }
}

const nameHash = ({ key, name }: Pick<Timer, 'key' | 'name'>): number => fingerprintOf(key, name ?? '')
