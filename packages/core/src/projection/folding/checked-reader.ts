import type { DocumentReader, Entry, List, StoredDocument } from '../../ports/read-store.ts'
import type { SharedReadModel } from '../../ports/shared-read-store.ts'

/** Reads for the handlers of one commit, and remembers which versions they saw: what they write stands or falls with those. */
export class CheckedReader implements DocumentReader {
  readonly #model: SharedReadModel
  /** By key, the version seen first: had it changed by the second time, the commit is to find that out. */
  readonly reads: Map<string, number> = new Map()

  constructor(model: SharedReadModel) {
    this.#model = model
  }

  async get(key: string): Promise<StoredDocument | undefined> {
    const { document, version } = await this.#model.read(key)
    this.#note(key, version)
    return document
  }

  /** Documents that are new under the prefix by the time of the commit go unnoticed. */
  async list(list: List): Promise<readonly Entry[]> {
    const entries = await this.#model.list(list)
    for (const { key, version } of entries) this.#note(key, version)
    return entries
  }

  #note(key: string, version: number): void {
    if (!this.reads.has(key)) this.reads.set(key, version)
  }
}
