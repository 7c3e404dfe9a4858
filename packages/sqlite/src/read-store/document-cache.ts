import type { StoredDocument, Write } from '@millrace/core'
import { mergeJson } from './merge-json.ts'

/** A document as its JSON, or parsed at its first use. `size` is that of the JSON, in characters, and of patches since. */
interface Cached {
  json: string | undefined
  document: Record<string, unknown> | undefined
  size: number
}

/** What an entry costs beside its text. */
const ENTRY_COST = 128

/** The documents of one model that were used last, as they are in the database. Bounded by the size of their JSON. */
export class DocumentCache {
  readonly #maxSize: number
  readonly #entries = new Map<string, Cached>()
  #size = 0

  constructor(maxSize: number) {
    this.#maxSize = maxSize
  }

  get(key: string): StoredDocument | undefined {
    const cached = this.#entries.get(key)
    if (cached === undefined) return undefined
    // The oldest goes first, and this is now the youngest.
    this.#entries.delete(key)
    this.#entries.set(key, cached)
    return parsed(cached)
  }

  set(key: string, document: Record<string, unknown>, size: number): void {
    this.#keep(key, { json: undefined, document, size: size + ENTRY_COST })
  }

  /**
   * Applies a write, `json`, that the database has now. The cached document is changed in place: it may be large, the
   * write is small. From the JSON, not the objects given to `commit`: so the cache can't differ from the database.
   */
  apply(key: string, kind: Write['kind'], json: string): void {
    if (kind === 'put') return this.#keep(key, { json, document: undefined, size: json.length + ENTRY_COST })
    const cached = this.#entries.get(key)
    if (cached === undefined) return
    if (kind === 'delete') {
      this.#entries.delete(key)
      this.#size -= cached.size
      return
    }
    mergeJson(parsed(cached), JSON.parse(json) as Record<string, unknown>)
    cached.size += json.length
    this.#size += json.length
    this.#shrink()
  }

  #keep(key: string, cached: Cached): void {
    this.#size += cached.size - (this.#entries.get(key)?.size ?? 0)
    this.#entries.delete(key)
    this.#entries.set(key, cached)
    this.#shrink()
  }

  #shrink(): void {
    for (const [key, { size }] of this.#entries) {
      if (this.#size <= this.#maxSize) return
      this.#entries.delete(key)
      this.#size -= size
    }
  }
}

function parsed(cached: Cached): Record<string, unknown> {
  const document = (cached.document ??= JSON.parse(cached.json ?? '{}') as Record<string, unknown>)
  cached.json = undefined
  return document
}
