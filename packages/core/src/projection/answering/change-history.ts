import type { Change } from '../../app/running.ts'
import { fromText, isReached } from '../../position.ts'

/** Changes kept for readers that lag, at most, and their characters (at least; else as many as a snapshot has). */
const MAX_CHANGES = 256
const MIN_CHARACTERS = 64 * 1024

/** The latest changes of one answer, numbered, for readers that lag and for those who come back. */
export class ChangeHistory {
  #changes: Change[] = []
  #characters = 0
  #count = 0
  /** Who has come as far as this is told all by the changes that are kept; undefined where they do not suffice for anybody. */
  #base: string | undefined

  /** The number of the last change; what was told before does not matter. */
  get count(): number {
    return this.#count
  }

  /** The number of the last change before those that are kept. */
  get before(): number {
    return this.#count - this.#changes.length
  }

  /** Forgets all. From now on every change of those after `position` is added. */
  begin(position: string): void {
    this.#changes = []
    this.#characters = 0
    this.#count++
    this.#base = position
  }

  /** `wholeCharacters`: what all of the answer takes. More is not kept. */
  add(change: Change, wholeCharacters: number): void {
    if (change.kind === 'snapshot') {
      // It needs none of the changes before it.
      this.#changes = []
      this.#characters = 0
      this.#base = undefined
    }
    this.#changes.push(change)
    this.#characters += change.json.length
    this.#count++
    const most = Math.max(MIN_CHARACTERS, wholeCharacters)
    while (this.#changes.length > MAX_CHANGES || (this.#characters > most && this.#changes.length > 1)) {
      const dropped = this.#changes.shift()!
      this.#characters -= dropped.json.length
      this.#base = dropped.position
    }
  }

  /** The change after number `seen`, which must not be before `before`. */
  after(seen: number): Change {
    return this.#changes[seen - this.before]!
  }

  /** The number of the change at exactly `position`, or undefined. */
  at(position: string): number | undefined {
    const at = this.#changes.findLastIndex((change) => change.position === position)
    return at < 0 ? undefined : this.before + at + 1
  }

  /**
   * The number of the last change that one who has come to `position` knows, or undefined where what came after it is no
   * longer all here. `position` must be of this read model: its positions are in one line, those of another instance are not.
   */
  reached(position: string): number | undefined {
    const exact = this.at(position)
    if (exact !== undefined) return exact
    const has = fromText(position)
    if (has === undefined) return undefined
    const isKnown = (text: string): boolean => isReached(has, fromText(text)!)
    const at = this.#changes.findLastIndex((change) => isKnown(change.position))
    if (at >= 0) return this.before + at + 1
    return this.#base !== undefined && isKnown(this.#base) ? this.before : undefined
  }
}
