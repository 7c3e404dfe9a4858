/**
 * The ids of the commands answered lately in one partition, each with the offset of its answer. The window is counted
 * in positions of `events[p]`, so that how long the system was down makes no difference. Two generations of a map:
 * forgetting costs nothing, at most two windows are held.
 */
export class RecentCommands {
  readonly #window: number
  #current = new Map<string, number>()
  #previous = new Map<string, number>()
  #rotateAt: number
  /** The offset after the last that was added. */
  #end = 0

  constructor(window: number) {
    this.#window = window
    this.#rotateAt = window
  }

  /** In the order of the offsets. What a shard has added as it decided, its follower comes by later: that is passed over. */
  add(id: string, offset: number): void {
    if (offset < this.#end) return
    this.#end = offset + 1
    if (offset >= this.#rotateAt) {
      this.#previous = this.#current
      this.#current = new Map()
      this.#rotateAt = offset + this.#window
    }
    this.#current.set(id, offset)
  }

  /** The offset of the answer to `id`, where that is less than a window before `next`. */
  find(id: string, next: number): number | undefined {
    const offset = this.#current.get(id) ?? this.#previous.get(id)
    return offset !== undefined && offset >= next - this.#window ? offset : undefined
  }

  /** Takes back what was added at `offset` and after: it did not get into the log. */
  forgetFrom(offset: number): void {
    if (offset < this.#end) this.#end = offset
    for (const generation of [this.#current, this.#previous]) {
      for (const [id, at] of generation) if (at >= offset) generation.delete(id)
    }
  }
}
