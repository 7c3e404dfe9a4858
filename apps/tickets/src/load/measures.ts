/** What a run measured. Latencies are in milliseconds, from the wish to send until the whole answer is there. */
export interface Latencies {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

class Samples {
  readonly #values: number[] = []

  add(ms: number): void {
    this.#values.push(ms)
  }

  get count(): number {
    return this.#values.length
  }

  summary(): Latencies {
    const sorted = Float64Array.from(this.#values).sort()
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0
    return { count: sorted.length, p50: at(0.5), p99: at(0.99), p999: at(0.999), max: sorted.at(-1) ?? 0 }
  }
}

export class Tally {
  readonly #counts = new Map<string, number>()

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  get total(): number {
    return this.#counts.values().reduce((sum, count) => sum + count, 0)
  }

  /** The most frequent first. */
  entries(): readonly (readonly [string, number])[] {
    return [...this.#counts].sort(([, one], [, other]) => other - one)
  }
}

export class Measures {
  readonly commands = new Samples()
  readonly queries = new Samples()
  /** Answers that are refusals, by code: part of the game, no errors. */
  readonly refusals = new Tally()
  /** By kind: a status and code, or what the network said. */
  readonly errors = new Tally()
  accepted = 0
  bytes = 0
}
