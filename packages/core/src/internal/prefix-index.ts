/** Values by prefixes: those whose prefix a key begins with are found without looking at all others. */
export class PrefixIndex<Value> {
  readonly #byPrefix = new Map<string, Set<Value>>()
  /** How many of the prefixes are so long: few lengths, however many prefixes. */
  readonly #lengths = new Map<number, number>()

  add(prefix: string, value: Value): void {
    const known = this.#byPrefix.get(prefix)
    if (known !== undefined) return void known.add(value)
    this.#byPrefix.set(prefix, new Set([value]))
    this.#lengths.set(prefix.length, (this.#lengths.get(prefix.length) ?? 0) + 1)
  }

  delete(prefix: string, value: Value): void {
    const known = this.#byPrefix.get(prefix)
    if (known?.delete(value) !== true || known.size > 0) return
    this.#byPrefix.delete(prefix)
    const left = this.#lengths.get(prefix.length)! - 1
    if (left > 0) this.#lengths.set(prefix.length, left)
    else this.#lengths.delete(prefix.length)
  }

  /** The values of all prefixes of `key`; one that has several of them comes several times. */
  *of(key: string): Generator<Value> {
    for (const length of this.#lengths.keys()) {
      const known = length > key.length ? undefined : this.#byPrefix.get(key.slice(0, length))
      if (known !== undefined) yield* known
    }
  }
}
