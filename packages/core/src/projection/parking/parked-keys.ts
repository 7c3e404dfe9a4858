import type { DocumentReader, Entry, StoredDocument, Write } from '../../ports/read-store.ts'
import { RESERVED } from './reserved-keys.ts'

/**
 * A key whose event a projection could not handle. It and all that follows for that key is found again in the log, so
 * only where it begins is kept: a document of the read model, stored with the checkpoint that passed the event over.
 */
export interface ParkedKey {
  readonly partition: number
  readonly key: string
  /** Of the first event that waits. */
  readonly offset: number
  readonly type: string
  /** How many events wait, that one among them. */
  readonly waiting: number
  /** When it was parked first, on the recorded clock, in epoch milliseconds. */
  readonly sinceMs: number
  /** How often the first that waits has been tried. */
  readonly attempts: number
  /** For an operator. What a handler throws may quote what it was given. */
  readonly reason: string
}

/** More of them are no matter of some events: the handler is wrong. */
export const MAX_PARKED_KEYS = 10_000

const PREFIX = `${RESERVED}parked `
const PAGE = 1_000

const documentKeyOf = ({ key }: Pick<ParkedKey, 'key'>): string => PREFIX + key

/** What a write to the document `documentKey` says of a parked key; undefined where it is no document of one. */
export const parkedKeyIn = (documentKey: string): string | undefined =>
  documentKey.startsWith(PREFIX) ? documentKey.slice(PREFIX.length) : undefined

const toParkedKey = (document: StoredDocument): ParkedKey => document as unknown as ParkedKey

/** Those stored in a read model. */
export async function loadParkedKeys(model: DocumentReader): Promise<readonly ParkedKey[]> {
  const found: ParkedKey[] = []
  for (let after = ''; ;) {
    const page: readonly Entry[] = await model.list({ prefix: PREFIX, after, limit: PAGE })
    for (const { document } of page) found.push({ ...toParkedKey(document) })
    if (page.length < PAGE) return found
    after = page.at(-1)!.key
  }
}

/** The keys of a read model that are parked, as its fold has them. */
export class ParkedKeys {
  readonly #keys: Map<string, ParkedKey>

  constructor(keys: readonly ParkedKey[] = []) {
    this.#keys = new Map(keys.map((each) => [each.key, each]))
  }

  get size(): number {
    return this.#keys.size
  }

  get(key: string): ParkedKey | undefined {
    return this.#keys.get(key)
  }

  list(): readonly ParkedKey[] {
    return [...this.#keys.values()]
  }

  /** Follows what was committed of a document. */
  follow(key: string, write: Write): void {
    if (write.kind === 'put') this.#keys.set(key, { ...toParkedKey(write.document) })
    else this.#keys.delete(key)
  }

  apply(changes: ReadonlyMap<string, ParkedKey | undefined>): void {
    for (const [key, parked] of changes) {
      if (parked === undefined) this.#keys.delete(key)
      else this.#keys.set(key, parked)
    }
  }
}

/** What one transaction changes of the keys that are parked. It stands or falls with the transaction. */
export class ParkingChanges {
  readonly #before: ParkedKeys
  readonly #changes = new Map<string, ParkedKey | undefined>()
  /** Those parked at an event that has not been tried before, for whoever operates the system. */
  readonly news: ParkedKey[] = []
  #size: number

  constructor(before: ParkedKeys) {
    this.#before = before
    this.#size = before.size
  }

  get size(): number {
    return this.#size
  }

  get(key: string): ParkedKey | undefined {
    if (this.#size === 0) return undefined
    return this.#changes.has(key) ? this.#changes.get(key) : this.#before.get(key)
  }

  park(parked: ParkedKey): void {
    if (this.get(parked.key) === undefined) this.#size++
    this.#changes.set(parked.key, parked)
  }

  free(key: string): void {
    if (this.get(key) === undefined) return
    this.#size--
    this.#changes.set(key, undefined)
  }

  /** With what the handlers wrote. */
  addTo(writes: ReadonlyMap<string, Write>): ReadonlyMap<string, Write> {
    if (this.#changes.size === 0) return writes
    const all = new Map(writes)
    for (const [key, parked] of this.#changes)
      all.set(documentKeyOf({ key }), parked === undefined ? { kind: 'delete' } : { kind: 'put', document: { ...parked } })
    return all
  }

  /** Once it has been folded for good. */
  settle(): void {
    this.#before.apply(this.#changes)
  }
}
