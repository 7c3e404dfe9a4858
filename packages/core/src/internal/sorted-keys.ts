/** Above this many keys a chunk is split in two. */
const MAX_CHUNK = 512

/** A set of strings in the order of their UTF-16 code units: chunks of sorted arrays, so that an insertion moves few. */
export class SortedKeys {
  readonly #chunks: string[][] = [[]]

  add(key: string): void {
    const at = this.#chunkOf(key)
    const chunk = this.#chunks[at]!
    const place = lowerBound(chunk, key)
    if (chunk[place] === key) return
    chunk.splice(place, 0, key)
    if (chunk.length > MAX_CHUNK) this.#chunks.splice(at + 1, 0, chunk.splice(MAX_CHUNK / 2))
  }

  delete(key: string): void {
    const at = this.#chunkOf(key)
    const chunk = this.#chunks[at]!
    const place = lowerBound(chunk, key)
    if (chunk[place] !== key) return
    chunk.splice(place, 1)
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(at, 1)
  }

  /** The keys from `key` on (inclusive), in order. */
  *from(key: string): Generator<string> {
    let at = this.#chunkOf(key)
    let place = lowerBound(this.#chunks[at]!, key)
    for (; at < this.#chunks.length; at++, place = 0) {
      const chunk = this.#chunks[at]!
      for (; place < chunk.length; place++) yield chunk[place]!
    }
  }

  /** The last chunk that begins at or before `key`. */
  #chunkOf(key: string): number {
    let low = 0
    let high = this.#chunks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#chunks[middle]![0]! <= key) low = middle
      else high = middle - 1
    }
    return low
  }
}

function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < key) low = middle + 1
    else high = middle
  }
  return low
}
