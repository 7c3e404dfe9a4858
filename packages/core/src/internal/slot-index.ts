const EMPTY = -1
const GONE = -2
const MIN_LENGTH = 64

/** Finds slots (numbers from 0) by the hash of what they hold: open addressing, eight bytes or so for each. */
export class SlotIndex {
  readonly #hashOf: (slot: number) => number
  #table: Int32Array = new Int32Array(MIN_LENGTH).fill(EMPTY)
  #size = 0
  /** Places that are not empty, those included whose slot is gone. */
  #used = 0

  /** `hashOf`: 32 bits, unsigned, of what a slot holds. Asked when the table grows. */
  constructor(hashOf: (slot: number) => number) {
    this.#hashOf = hashOf
  }

  /** `isIt` tells a slot from others of the same hash. */
  find(hash: number, isIt: (slot: number) => boolean): number | undefined {
    const place = this.#placeOf(hash, isIt)
    return place < 0 ? undefined : this.#table[place]
  }

  /** A slot that is not in it. */
  add(hash: number, slot: number): void {
    if (2 * (this.#used + 1) > this.#table.length) this.#rebuild()
    this.#insert(hash, slot)
    this.#size++
  }

  delete(hash: number, slot: number): void {
    const place = this.#placeOf(hash, (each) => each === slot)
    if (place < 0) return
    this.#table[place] = GONE
    this.#size--
  }

  #placeOf(hash: number, isIt: (slot: number) => boolean): number {
    const table = this.#table
    for (let place = hash % table.length; ; place = place + 1 === table.length ? 0 : place + 1) {
      const slot = table[place]!
      if (slot === EMPTY) return -1
      if (slot >= 0 && isIt(slot)) return place
    }
  }

  #insert(hash: number, slot: number): void {
    const table = this.#table
    let place = hash % table.length
    while (table[place]! >= 0) place = place + 1 === table.length ? 0 : place + 1
    if (table[place] === EMPTY) this.#used++
    table[place] = slot
  }

  #rebuild(): void {
    const slots = this.#table.filter((slot) => slot >= 0)
    this.#table = new Int32Array(Math.max(MIN_LENGTH, 4 * this.#size)).fill(EMPTY)
    this.#used = 0
    for (const slot of slots) this.#insert(this.#hashOf(slot), slot)
  }
}
