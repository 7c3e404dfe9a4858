import type { StoredDocument, StoredReader } from '../../ports/read-store.ts'
import type { Statement, Row } from '../../ports/statement.ts'
import { DEFAULT_LIMIT } from '../folding/model-transaction.ts'
import { isReserved, unreserved } from '../parking/reserved-keys.ts'
import type { ListOptions, ModelReader } from '../projection.ts'
import { tableReader, type TableReader } from '../sql.ts'

/** Reads for a query, and remembers what it read: the answer stands until one of those changes. */
export class TrackingReader implements ModelReader<StoredDocument>, TableReader {
  readonly #model: StoredReader
  readonly documents: Map<string, StoredDocument | undefined> = new Map()
  readonly prefixes: Set<string> = new Set()
  /** How often it read rows. */
  rowReads = 0
  readonly rows: TableReader['rows'] = tableReader((statement) => this.#rows(statement)).rows
  /** Something it read, or is reading, has been changed since. */
  isOutdated = false

  constructor(model: StoredReader) {
    this.#model = model
  }

  async get(key: string): Promise<StoredDocument | undefined> {
    if (!this.documents.has(key)) this.documents.set(key, undefined) // changes while it is read count
    const found = isReserved(key) ? undefined : this.#model.get(key)
    const document = found instanceof Promise ? await found : found
    this.documents.set(key, document)
    return document
  }

  async list({ prefix = '', after = '', limit = DEFAULT_LIMIT }: ListOptions = {}): Promise<readonly StoredDocument[]> {
    this.prefixes.add(prefix)
    return unreserved(await this.#model.list({ prefix, after, limit })).map(({ document }) => document)
  }

  /** How many reads the answer is made from. */
  get reads(): number {
    return this.documents.size + this.prefixes.size + this.rowReads
  }

  async #rows(statement: Statement): Promise<readonly Row[]> {
    if (this.#model.rows === undefined) throw new TypeError('model.rows: the projection has no tables')
    this.rowReads++
    return this.#model.rows(statement)
  }

  /** Told of a commit with statements, in the middle of the work. */
  noteStatements(): void {
    this.isOutdated ||= this.rowReads > 0
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
