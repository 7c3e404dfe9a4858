/** What it takes, and how many bytes that counts for: 0 is not kept. */
interface Made<Value> {
  readonly value: Value
  readonly bytes: number
}

/** Keeps what was decoded last, up to so many bytes as they came, for those who read the same a moment later. */
export class ChunkCache<Value> {
  readonly #maxBytes: number
  readonly #chunks = new Map<string, Promise<Made<Value> | undefined>>()
  readonly #sizes = new Map<string, number>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The value of `name`; where it is not here, and is not being made, `make` makes it. Undefined where that gave up. */
  async get(name: string, make: () => Promise<Made<Value> | undefined>): Promise<Value | undefined> {
    let making = this.#chunks.get(name)
    if (making === undefined) {
      making = make()
      this.#chunks.set(name, making)
      making.then(
        (made) => this.#keep(name, made?.bytes ?? 0),
        () => this.#chunks.delete(name),
      )
    }
    return (await making)?.value
  }

  #keep(name: string, bytes: number): void {
    if (bytes === 0) {
      this.#chunks.delete(name)
      return
    }
    this.#sizes.set(name, bytes)
    this.#bytes += bytes
    for (const [oldest, size] of this.#sizes) {
      if (this.#bytes <= this.#maxBytes) break
      this.#sizes.delete(oldest)
      this.#chunks.delete(oldest)
      this.#bytes -= size
    }
  }
}
