import { damagedError } from '../database/store-errors.ts'
import type { DocumentCache, Known } from './document-cache.ts'
import { patchesOf, type StoredDocuments } from './stored-documents.ts'

/** Documents asked for in one statement, at most. */
const MAX_KEYS = 1_000

interface Loading {
  readonly loaded: PromiseWithResolvers<Known>
  /** A commit that changed it was told meanwhile: what comes may be from before that. */
  isOutdated: boolean
}

/** Reads documents into the cache: those that are asked for while a statement is under way go into the next one. */
export class DocumentLoader {
  readonly #stored: StoredDocuments
  readonly #cache: DocumentCache
  #waiting = new Map<string, Loading>()
  #loading: ReadonlyMap<string, Loading> = new Map()
  #isWorking = false

  constructor(stored: StoredDocuments, cache: DocumentCache) {
    this.#stored = stored
    this.#cache = cache
  }

  load(key: string): Promise<Known> {
    let loading = this.#waiting.get(key)
    if (loading === undefined) {
      loading = { loaded: Promise.withResolvers(), isOutdated: false }
      this.#waiting.set(key, loading)
      if (!this.#isWorking) void this.#work()
    }
    return loading.loaded.promise
  }

  /** Told of a commit that changed `key`; of all, where it is undefined. */
  changed(key?: string): void {
    if (key === undefined) for (const loading of this.#loading.values()) loading.isOutdated = true
    else {
      const loading = this.#loading.get(key)
      if (loading !== undefined) loading.isOutdated = true
    }
  }

  async #work(): Promise<void> {
    this.#isWorking = true
    await Promise.resolve() // what is asked for in one turn goes together
    while (this.#waiting.size > 0) {
      const batch = new Map([...this.#waiting].slice(0, MAX_KEYS))
      for (const key of batch.keys()) this.#waiting.delete(key)
      this.#loading = batch
      try {
        await this.#load(batch)
      } catch (error) {
        for (const { loaded } of batch.values()) loaded.reject(error)
      }
    }
    this.#loading = new Map()
    this.#isWorking = false
  }

  async #load(batch: ReadonlyMap<string, Loading>): Promise<void> {
    const found = await this.#stored.find([...batch.keys()])
    for (const [key, { loaded, isOutdated }] of batch) {
      try {
        const row = found.get(key)
        const known = this.#cache.set(key, Number(row?.version ?? 0), row?.base, row && patchesOf(row))
        loaded.resolve(known)
        // Only who asked before that commit gets it.
        if (isOutdated) this.#cache.forget(key)
      } catch (error) {
        loaded.reject(damagedError("a document can't be read", error))
      }
    }
  }
}
