import type { StoredDocument, Write } from '@millrace/core'
import { assemble, mergeJson } from './merge-json.ts'

/**
 * A document as its JSON and the patches since, or parsed at its first use: what nobody reads costs nothing but its
 * text. `size` is that of the JSON, in characters, and of all patches.
 */
interface Cached {
  unread: { readonly json: string; readonly patches: string[] } | undefined
  document: Record<string, unknown> | undefined
  size: number
}

/** What an entry costs beside its text. */
const ENTRY_COST = 128
/** What nobody has read since so many times its size was written is read from the database when somebody does. */
const MAX_UNREAD = 8

/**
 * The documents of one model that were used last, as they are in the database; bounded by the size of their JSON. Two
 * generations: when the young one has half of the room, it becomes the old one, and what was not used since is gone.
 * (One map in the order of use would be simpler, but a key deleted and set again and again makes a `Map` slow: it was
 * 400 µs for a hot key among 200,000.)
 */
export class DocumentCache {
  readonly #maxYoung: number
  #young = new Map<string, Cached>()
  #youngSize = 0
  #old = new Map<string, Cached>()

  constructor(maxSize: number) {
    this.#maxYoung = maxSize / 2
  }

  get(key: string): StoredDocument | undefined {
    const cached = this.#find(key)
    return cached === undefined ? undefined : parsed(cached)
  }

  set(key: string, document: Record<string, unknown>, size: number): void {
    this.#keep(key, { unread: undefined, document, size: size + ENTRY_COST })
  }

  /**
   * Applies a write, `json`, that the database has now. The cached document is changed in place: it may be large, the
   * write is small. From the JSON, not the objects given to `commit`: so the cache can't differ from the database.
   */
  apply(key: string, kind: Write['kind'], json: string): void {
    const cached = this.#find(key)
    if (kind === 'put') {
      this.#drop(key, cached)
      this.#keep(key, { unread: { json, patches: [] }, document: undefined, size: json.length + ENTRY_COST })
    } else if (cached === undefined) return
    else if (kind === 'delete') this.#drop(key, cached)
    else if (cached.unread !== undefined && cached.size > MAX_UNREAD * cached.unread.json.length) this.#drop(key, cached)
    else {
      if (cached.unread !== undefined) cached.unread.patches.push(json)
      else mergeJson(parsed(cached), JSON.parse(json) as Record<string, unknown>)
      cached.size += json.length
      if (this.#young.has(key)) this.#youngSize += json.length
      this.#age()
    }
  }

  /** What was found is young again. */
  #find(key: string): Cached | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) {
      this.#old.delete(key)
      this.#keep(key, old)
    }
    return old
  }

  #keep(key: string, cached: Cached): void {
    this.#young.set(key, cached)
    this.#youngSize += cached.size
    this.#age()
  }

  #drop(key: string, cached: Cached | undefined): void {
    if (this.#young.delete(key)) this.#youngSize -= cached?.size ?? 0
    this.#old.delete(key)
  }

  #age(): void {
    if (this.#youngSize <= this.#maxYoung) return
    this.#old = this.#young
    this.#young = new Map()
    this.#youngSize = 0
  }
}

function parsed(cached: Cached): Record<string, unknown> {
  const { json, patches } = cached.unread ?? { json: '{}', patches: [] }
  cached.document ??= assemble(json, patches)
  cached.unread = undefined
  return cached.document
}
