import { cloneJson, composePatch, mergePatch } from '../../ports/merge-patch.ts'
import type { DocumentReader, Entry, List, StoredDocument, Write } from '../../ports/read-store.ts'
import type { Statement } from '../../ports/statement.ts'
import type { HistoryWriter } from '../history/history-writer.ts'
import { isReserved, requireUnreserved, unreserved } from '../parking/reserved-keys.ts'
import type { ListOptions, ModelWriter } from '../projection.ts'
import { toStatement, type Sql } from '../sql.ts'

type JsonObject = Record<string, unknown>

/** Documents that a list gives where no limit is named. */
export const DEFAULT_LIMIT = 1_000

/** The event that a handler is told of. */
export interface Origin {
  readonly partition: number
  readonly offset: number
  readonly event: string
}

/** What the handlers of one batch wrote, not yet stored. Handlers read what they wrote. */
export class ModelTransaction implements ModelWriter<StoredDocument> {
  readonly #model: DocumentReader
  readonly #writes = new Map<string, Write>()
  /** Patches that no single merge patch can say together with what is in `#writes`, in order. */
  readonly #more = new Map<string, StoredDocument[]>()
  /** In the order of the calls. */
  readonly statements: Statement[] = []
  /** Of each statement, the event it was noted for. */
  readonly #origins: Origin[] = []

  /** Told of every write, where past states are kept. */
  readonly history: HistoryWriter | undefined

  constructor(model: DocumentReader, history?: HistoryWriter) {
    this.#model = model
    this.history = history
  }

  async get(key: string): Promise<StoredDocument | undefined> {
    const write = this.#writes.get(key)
    if (write === undefined) return isReserved(key) ? undefined : this.#model.get(key)
    if (write.kind === 'patch') await this.#settle(key, write.patch)
    const settled = this.#writes.get(key)
    return settled?.kind === 'put' ? settled.document : undefined
  }

  async list({ prefix = '', after = '', limit = DEFAULT_LIMIT }: ListOptions = {}): Promise<readonly StoredDocument[]> {
    return (await this.#entries({ prefix, after, limit })).map(({ document }) => document)
  }

  async #entries({ prefix, after, limit }: List): Promise<readonly Entry[]> {
    const written = [...this.#writes.keys()].filter((key) => key.startsWith(prefix) && (after === '' || key > after))
    const deleted = written.filter((key) => this.#writes.get(key)!.kind === 'delete').length
    const stored = unreserved(await this.#model.list({ prefix, after, limit: limit + deleted }))
    if (written.length === 0) return stored
    const found = new Map(stored.map(({ key, document }) => [key, document]))
    for (const key of written) {
      const document = await this.get(key)
      if (document === undefined) found.delete(key)
      else found.set(key, document)
    }
    const keys = [...found.keys()].sort().slice(0, limit)
    return keys.map((key) => ({ key, document: found.get(key)! }))
  }

  /** One that reads what is in this one, and of which nothing is in this one until it joins. */
  nested(): ModelTransaction {
    return new ModelTransaction({ get: (key) => this.get(key), list: (list) => this.#entries(list) })
  }

  /** Takes over all that `nested` holds. */
  join(nested: ModelTransaction): void {
    for (const [key, write] of nested.#writes) {
      if (write.kind === 'put') this.put(key, write.document)
      else if (write.kind === 'delete') this.delete(key)
      else for (const patch of [write.patch, ...(nested.#more.get(key) ?? [])]) this.patch(key, patch)
    }
    this.statements.push(...nested.statements)
    this.#origins.push(...nested.#origins)
  }

  put(key: string, document: StoredDocument): void {
    requireUnreserved(key)
    this.history?.note(key, { kind: 'put', document })
    this.#more.delete(key)
    this.#writes.set(key, { kind: 'put', document: cloneJson(document) })
  }

  patch(key: string, patch: object): void {
    requireUnreserved(key)
    this.history?.note(key, { kind: 'patch', patch: patch as JsonObject })
    const write = this.#writes.get(key)
    const more = this.#more.get(key)
    if (write === undefined) this.#writes.set(key, { kind: 'patch', patch: cloneJson(patch) as JsonObject })
    else if (write.kind === 'put') mergePatch(write.document, patch as JsonObject)
    else if (write.kind === 'patch') {
      if (more !== undefined) more.push(cloneJson(patch) as JsonObject)
      else if (!composePatch(write.patch, patch as JsonObject)) this.#more.set(key, [cloneJson(patch) as JsonObject])
    }
  }

  delete(key: string): void {
    requireUnreserved(key)
    this.history?.note(key, { kind: 'delete' })
    this.#more.delete(key)
    this.#writes.set(key, { kind: 'delete' })
  }

  /** What the handler of the event `origin` notes statements with. */
  sqlFor(origin: Origin): Sql {
    return (texts, ...parts) => {
      this.statements.push(toStatement(texts, parts))
      this.#origins.push(origin)
    }
  }

  originOf(statement: number): Origin | undefined {
    return this.#origins[statement]
  }

  /** All writes, a key once. */
  async writes(): Promise<ReadonlyMap<string, Write>> {
    const past = await this.history?.writes(this.#model, (key) => this.get(key))
    for (const key of [...this.#more.keys()]) {
      const write = this.#writes.get(key)
      if (write?.kind === 'patch') await this.#settle(key, write.patch)
    }
    for (const [key, write] of past ?? []) this.#writes.set(key, write)
    return this.#writes
  }

  /** Turns patches into the document they lead to, or into nothing where there is none to patch. */
  async #settle(key: string, patch: StoredDocument): Promise<void> {
    const stored = await this.#model.get(key)
    if (stored === undefined) this.#writes.delete(key)
    else {
      const document = cloneJson(stored) as JsonObject
      for (const each of [patch, ...(this.#more.get(key) ?? [])]) mergePatch(document, each)
      this.#writes.set(key, { kind: 'put', document })
    }
    this.#more.delete(key)
  }
}
