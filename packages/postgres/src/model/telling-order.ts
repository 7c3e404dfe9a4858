/** Commits in the order of their numbers, which rise by one, though they are heard of in another: the own ones before those of others. */
export class TellingOrder<Commit> {
  readonly #tell: (number: number, commit: Commit) => void
  readonly #early = new Map<number, Commit>()
  #last: number | undefined

  constructor(tell: (number: number, commit: Commit) => void) {
    this.#tell = tell
  }

  /** The number of the last one that was told; -1 before it is known where to begin. */
  get last(): number {
    return this.#last ?? -1
  }

  heard(number: number, commit: Commit): void {
    if (this.#last !== undefined && number <= this.#last) return
    this.#early.set(number, commit)
    this.#tellAll()
  }

  /** All up to `number` is known by other means. */
  goOnAfter(number: number): void {
    this.#last = number
    for (const early of this.#early.keys()) if (early <= number) this.#early.delete(early)
    this.#tellAll()
  }

  #tellAll(): void {
    while (this.#last !== undefined && this.#early.has(this.#last + 1)) {
      const number = ++this.#last
      const commit = this.#early.get(number)!
      this.#early.delete(number)
      this.#tell(number, commit)
    }
  }
}
