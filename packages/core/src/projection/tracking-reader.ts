import type { ReadModel, StoredDocument } from '../ports/read-store.ts'
import { DEFAULT_LIMIT } from './model-transaction.ts'
import type { ListOptions, ModelReader } from './projection.ts'

/** Reads for a query, and remembers what it read: the answer stands until one of those changes. */
export class TrackingReader implements ModelReader<StoredDocument> {
  readonly #model: ReadModel
  readonly documents: Map<string, StoredDocument | undefined> = new Map()
  readonly prefixes: Set<string> = new Set()

  constructor(model: ReadModel) {
    this.#model = model
  }

  async get(key: string): Promise<StoredDocument | undefined> {
    const found = this.#model.get(key)
    const document = found instanceof Promise ? await found : found
    this.documents.set(key, document)
    return document
  }

  async list({ prefix = '', after = '', limit = DEFAULT_LIMIT }: ListOptions = {}): Promise<readonly StoredDocument[]> {
    this.prefixes.add(prefix)
    return this.#model.list({ prefix, after, limit })
  }

  /** The key of the document that `result` is, where the query gave one as it stands. */
  keyOf(result: unknown): string | undefined {
    if (typeof result !== 'object' || result === null) return undefined
    for (const [key, document] of this.documents) if (document === result) return key
    return undefined
  }
}
