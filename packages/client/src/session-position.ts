/** The furthest position seen: sent with every query, so that a session reads its own writes and never goes back. */
export class SessionPosition {
  readonly #next = new Map<string, number>()

  /** Takes in a position as the server gave it: `partition-next`, joined by dots. */
  see(position: string | null): void {
    for (const part of position?.split('.') ?? []) {
      const [partition, next] = part.split('-')
      if (partition === undefined || next === undefined) continue
      if (Number(next) > (this.#next.get(partition) ?? 0)) this.#next.set(partition, Number(next))
    }
  }

  toString(): string {
    return [...this.#next].map(([partition, next]) => `${partition}-${next}`).join('.')
  }
}
