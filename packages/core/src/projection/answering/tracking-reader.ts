import type { DocumentReader, StoredDocument } from '../../ports/read-store.ts'
import { DEFAULT_LIMIT } from '../folding/model-transaction.ts'
import type { ListOptions, ModelReader } from '../projection.ts'

/** Reads for a query, and remembers what it read: the answer stands until one of those changes. */
export class TrackingReader implements ModelReader<StoredDocument> {
  readonly #model: DocumentReader
  readonly documents: Map<string, StoredDocument | undefined> = new Map()
  readonly prefixes: Set<string> = new Set()
  /** Something it read, or is reading, has been changed since. */
  isOutdated = false

  constructor(model: DocumentReader) {
    this.#model = model
  }

  async get(key: string): Promise<StoredDocument | undefined> {
    if (!this.documents.has(key)) this.documents.set(key, undefined) // changes while it is read count
    const found = this.#model.get(key)
    const document = found instanceof Promise ? await found : found
    this.documents.set(key, document)
    return document
  }

  async list({ prefix = '', after = '', limit = DEFAULT_LIMIT }: ListOptions = {}): Promise<readonly StoredDocument[]> {
    this.prefixes.add(prefix)
    return (await this.#model.list({ prefix, after, limit })).map(({ document }) => document)
  }

  /** Told of a commit that changed `key`, in the middle of the work. */
  noteChange(key: string): void {
    this.isOutdated ||= this.documents.has(key) || this.prefixes.values().some((prefix) => key.startsWith(prefix))
  }

  /** The key of the document that `result` is, where the query gave one as it stands. */
  keyOf(result: unknown): string | undefined {
    if (typeof result !== 'object' || result === null) return undefined
    for (const [key, document] of this.documents) if (document === result) return key
    return undefined
  }
}
