import { mergePatch, type StoredDocument, type Write } from '@millrace/core'

/** What is known of a document: its JSON, or parsed at its first use; neither where there is none. */
interface Cached {
  version: number
  json: string | undefined
  document: Record<string, unknown> | undefined
  size: number
  /** It is as told as long as this is the cache's. */
  epoch: number
}

export interface Known {
  readonly document: StoredDocument | undefined
  readonly version: number
  /** Characters of its JSON, and of patches since. */
  readonly size: number
}

/** What an entry costs beside its text. */
const ENTRY_COST = 160
const MAX_UNSURE = 100_000

/**
 * The documents of one model that were used last, bounded by the size of their JSON, in two generations: when the young one
 * has half of the room it becomes the old one, and what was not used since is gone. What is told of commits keeps them as
 * new as the checkpoint; documents are patched in place.
 */
export class DocumentCache {
  readonly #maxYoung: number
  #young = new Map<string, Cached>()
  #youngSize = 0
  #old = new Map<string, Cached>()
  #epoch = 0
  /** Everything there is in the model is here: so what is not here is not there, but for those. */
  #isComplete = false
  readonly #unsure = new Set<string>()

  constructor(maxSize: number) {
    this.#maxYoung = maxSize / 2
  }

  /** There is nothing in the model yet, and what comes is told. */
  beginEmpty(): void {
    this.#isComplete = true
  }

  /** As told, or undefined where that is not known. */
  get(key: string): Known | undefined {
    const cached = this.#find(key)
    return cached?.epoch === this.#epoch ? known(cached) : undefined
  }

  /** For who writes next, whose commit says whether it was right: it may be older, and may be a guess that there is nothing. */
  guess(key: string): Known | undefined {
    const cached = this.#find(key)
    if (cached !== undefined) return known(cached)
    return this.#isComplete && !this.#unsure.has(key) ? NOTHING : undefined
  }

  /** Exactly that state of it, if it is here. */
  at(key: string, version: number): StoredDocument | undefined {
    const cached = this.#find(key)
    return cached?.version === version ? parsed(cached) : undefined
  }

  /** JSON and version of a document that is known to be there, and to have fewer than so many characters. */
  smallText(key: string, characters: number): { readonly version: number; readonly json: string } | undefined {
    const cached = this.#find(key)
    if (cached === undefined || cached.version === 0 || cached.size >= characters) return undefined
    return { version: cached.version, json: cached.json ?? JSON.stringify(cached.document) }
  }

  versionOf(key: string): number | undefined {
    return (this.#young.get(key) ?? this.#old.get(key))?.version
  }

  /** Takes over what was read: JSON of the base, and patches since. */
  set(key: string, version: number, base: string | undefined, patches: readonly string[] = []): Known {
    const document = base === undefined || patches.length === 0 ? undefined : (JSON.parse(base) as Record<string, unknown>)
    let size = base?.length ?? 0
    for (const patch of patches) {
      mergePatch(document!, JSON.parse(patch) as Record<string, unknown>)
      size += patch.length
    }
    const cached = { version, json: document === undefined ? base : undefined, document, size, epoch: this.#epoch }
    this.#drop(key)
    this.#keep(key, cached)
    this.#unsure.delete(key)
    return known(cached)
  }

  /** Applies a write of commit `version`; `json` is its document or patch. Undefined: some write. */
  apply(key: string, version: number, write: { readonly kind: Write['kind']; readonly json: string } | undefined): void {
    const cached = this.#find(key)
    if (cached !== undefined && cached.version >= version) return
    if (write?.kind === 'put') this.set(key, version, write.json)
    else if (write?.kind === 'delete') {
      if (cached !== undefined) this.set(key, 0, undefined)
    } else if (write === undefined || (cached !== undefined && cached.epoch !== this.#epoch)) this.forget(key)
    else if (cached !== undefined && cached.version > 0) {
      mergePatch(parsed(cached), JSON.parse(write.json) as Record<string, unknown>)
      cached.version = version
      cached.size += write.json.length
      if (this.#young.has(key)) this.#youngSize += write.json.length
      this.#age()
    }
  }

  /** What it holds of the document, if it does, is not right. */
  forget(key: string): void {
    this.#drop(key)
    if (this.#isComplete) this.#unsure.add(key)
    if (this.#unsure.size > MAX_UNSURE) this.doubtAbsence()
  }

  /** Commits went by untold: nothing is as told any more, though most may be right. */
  doubtAll(): void {
    this.#epoch++
  }

  /** The store may not be what it was. */
  clear(): void {
    this.#epoch++
    this.#isComplete = false
    this.#unsure.clear()
    this.#young = new Map()
    this.#old = new Map()
    this.#youngSize = 0
  }

  /** Somebody else has written here before: what is not known may be there. */
  doubtAbsence(): void {
    this.#isComplete = false
    this.#unsure.clear()
  }

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
    this.#youngSize += cached.size + ENTRY_COST
    this.#age()
  }

  #drop(key: string): void {
    const young = this.#young.get(key)
    if (young !== undefined) this.#youngSize -= young.size + ENTRY_COST
    this.#young.delete(key)
    this.#old.delete(key)
  }

  #age(): void {
    if (this.#youngSize <= this.#maxYoung) return
    if (this.#old.size > 0) this.doubtAbsence()
    this.#old = this.#young
    this.#young = new Map()
    this.#youngSize = 0
  }
}

const NOTHING: Known = { document: undefined, version: 0, size: 0 }

const known = (cached: Cached): Known =>
  cached.version === 0 ? NOTHING : { document: parsed(cached), version: cached.version, size: cached.size }

function parsed(cached: Cached): Record<string, unknown> {
  const document = (cached.document ??= JSON.parse(cached.json ?? '{}') as Record<string, unknown>)
  cached.json = undefined
  return document
}
