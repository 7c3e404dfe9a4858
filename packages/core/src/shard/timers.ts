/** A command to come. `id` is its command id: the id of the record that scheduled it. */
export interface Timer {
  readonly id: string
  readonly dueMs: number
  /** The command's type, the aggregate's key, and the command's data as JSON text. */
  readonly type: string
  readonly key: string
  readonly data: string
  /** Unique per aggregate where it has one: `<aggregate>/<key>/<name>`. */
  readonly name: string | undefined
}

/** The timers of a shard: a binary heap by due time; what was taken back stays in it until it comes up. */
export class Timers {
  readonly #byId = new Map<string, Timer>()
  readonly #byName = new Map<string, string>()
  readonly #heap: Timer[] = []

  get size(): number {
    return this.#byId.size
  }

  add(timer: Timer): void {
    if (timer.name !== undefined) {
      this.cancel(timer.name)
      this.#byName.set(timer.name, timer.id)
    }
    this.#byId.set(timer.id, timer)
    this.#heap.push(timer)
    this.#up(this.#heap.length - 1)
  }

  cancel(name: string): void {
    const id = this.#byName.get(name)
    if (id !== undefined) this.delete(id)
  }

  delete(id: string): void {
    const timer = this.#byId.get(id)
    if (timer === undefined) return
    this.#byId.delete(id)
    if (timer.name !== undefined && this.#byName.get(timer.name) === id) this.#byName.delete(timer.name)
  }

  /** The next timer to fire, left where it is. */
  first(): Timer | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#byId.get(top.id) === top) return top
      const last = this.#heap.pop()!
      if (this.#heap.length > 0) {
        this.#heap[0] = last
        this.#down(0)
      }
    }
    return undefined
  }

  all(): readonly Timer[] {
    return [...this.#byId.values()]
  }

  #up(start: number): void {
    const heap = this.#heap
    let at = start
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (heap[parent]!.dueMs <= heap[at]!.dueMs) return
      ;[heap[parent], heap[at]] = [heap[at]!, heap[parent]!]
      at = parent
    }
  }

  #down(start: number): void {
    const heap = this.#heap
    let at = start
    for (;;) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && heap[child]!.dueMs < heap[least]!.dueMs) least = child
      }
      if (least === at) return
      ;[heap[least], heap[at]] = [heap[at]!, heap[least]!]
      at = least
    }
  }
}
