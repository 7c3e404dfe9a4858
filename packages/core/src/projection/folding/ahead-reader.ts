import { cloneJson, mergePatch } from '../../ports/merge-patch.ts'
import type { DocumentReader, Entry, List, StoredDocument, Write } from '../../ports/read-store.ts'

/** A commit under way. */
export interface Storing {
  readonly writes: ReadonlyMap<string, Write>
  readonly done: Promise<unknown>
}

/** The documents of a read model as they are once a commit that is under way has been stored. */
export class AheadReader implements DocumentReader {
  readonly #model: DocumentReader
  readonly #storing: () => Storing | undefined
  /** Documents that the patches of that commit lead to. */
  readonly #patched = new Map<string, StoredDocument>()

  /** `storing`: undefined where it is done. */
  constructor(model: DocumentReader, storing: () => Storing | undefined) {
    this.#model = model
    this.#storing = storing
  }

  get(key: string): StoredDocument | undefined | Promise<StoredDocument | undefined> {
    const write = this.#storing()?.writes.get(key)
    if (write === undefined) return this.#model.get(key)
    if (write.kind === 'patch') return this.#patch(key, write.patch)
    return write.kind === 'put' ? write.document : undefined
  }

  async list(list: List): Promise<readonly Entry[]> {
    await this.#storing()?.done
    return this.#model.list(list)
  }

  async #patch(key: string, patch: StoredDocument): Promise<StoredDocument | undefined> {
    const known = this.#patched.get(key)
    if (known !== undefined) return known
    const stored = await this.#model.get(key)
    if (stored === undefined) return undefined
    // Where it has been stored in the meantime, the same patch once more changes nothing.
    const document = cloneJson(stored) as Record<string, unknown>
    mergePatch(document, patch)
    this.#patched.set(key, document)
    return document
  }
}
