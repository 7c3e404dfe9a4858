/** Where a position outlives its page: `sessionStorage` fits. */
export interface PositionStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

export const isPosition = (text: string): boolean => /^(\d+-\d+(\.\d+-\d+)*)?$/.test(text)

/** Whether `position` has reached all of `target`: both as the server gave them. */
export function isReached(position: string, target: string): boolean {
  const at = new SessionPosition(undefined, '')
  at.see(position)
  return !at.see(target)
}

/** The furthest position seen: sent with every query, so that a session reads its own writes and never goes back. */
export class SessionPosition {
  readonly #next = new Map<string, number>()
  readonly #storage: PositionStorage | undefined
  readonly #key: string
  #text = ''

  constructor(storage: PositionStorage | undefined, key: string) {
    this.#storage = storage
    this.#key = key
    this.see(storage?.getItem(key))
  }

  /** Takes in a position as the server gave it: `partition-next`, joined by dots. True where it is further than what was seen. */
  see(position: string | null | undefined): boolean {
    if (position === null || position === undefined || position === this.#text) return false
    let isFurther = false
    for (const part of position.split('.')) {
      const [partition = '', next] = part.split('-')
      if (!(Number(next) > (this.#next.get(partition) ?? 0))) continue
      this.#next.set(partition, Number(next))
      isFurther = true
    }
    if (!isFurther) return false
    this.#text = [...this.#next].map(([partition, next]) => `${partition}-${next}`).join('.')
    try {
      this.#storage?.setItem(this.#key, this.#text)
    } catch {
      // Full, or forbidden: it is remembered as long as the page is.
    }
    return true
  }

  toString(): string {
    return this.#text
  }
}
