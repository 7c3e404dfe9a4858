import { MillraceError, toText, type Position, type ReadModel, type ReadStore, type Statement, type Write } from '@millrace/core'
import { DatabaseSync } from 'node:sqlite'
import { DatabaseWorker } from '../worker/database-worker.ts'
import { DatabaseFailure, type Failure } from '../worker/failure.ts'
import type { CommitReply, OpenedModel, ReadStoreMessage, StoredCommit } from './read-store-writer.ts'
import { fencedError, reading, toMigrationError, toStoreError } from './store-errors.ts'
import { StoredModel } from './stored-model.ts'
import { OWN, TheirStatements } from './their-statements.ts'

interface Commitment {
  readonly writes: ReadonlyMap<string, Write>
  readonly checkpoint: Position
  readonly statements: readonly Statement[]
}

interface Commit {
  readonly model: StoredModel
  readonly stored: StoredCommit
  /** Makes the commit visible, once it is stored. */
  apply(): void
  resolve(): void
  reject(error: Error): void
}

export interface ReadStoreFile {
  readonly file: string
  readonly cacheSize: number
  /** Whether its models have tables of their own: then it is one model, and the store's tables have names apart. */
  readonly hasTables: boolean
}

/**
 * The models of one file. The worker writes; reads are synchronous, on the main thread, and see the last
 * commit that was answered: while one is under way, the read connection holds the snapshot before it.
 */
export class SqliteReadStore implements ReadStore {
  readonly isShared = false
  readonly hasTables: boolean
  readonly #worker: DatabaseWorker
  readonly #database: DatabaseSync
  readonly #file: string
  readonly #prefix: string
  readonly #cacheSize: number
  readonly #theirs: TheirStatements | undefined
  readonly #models = new Map<number, StoredModel>()
  readonly #opening: (() => Promise<void>)[] = []
  #waiting: Commit[] = []
  #working: Promise<void> | undefined
  /** Set when the disk failed: only a start reads what is really there. */
  #broken: MillraceError | undefined
  #closing: Promise<void> | undefined
  /** The model that was removed with the file. */
  #removed: string | undefined

  constructor({ file, cacheSize, hasTables }: ReadStoreFile) {
    this.hasTables = hasTables
    this.#file = file
    this.#prefix = hasTables ? OWN : ''
    this.#worker = new DatabaseWorker({ writer: hasTables ? 'tables' : 'read-store', file })
    this.#database = new DatabaseSync(file, { readOnly: true, timeout: 1_000 })
    this.#theirs = hasTables ? new TheirStatements(this.#database, { mayWrite: false }) : undefined
    this.#cacheSize = cacheSize
  }

  open(name: string, version: string, migrations: readonly string[] = []): Promise<ReadModel> {
    return new Promise((resolve, reject) => {
      this.#check()
      this.#opening.push(() => this.#open(name, version, migrations).then(resolve, reject))
      this.#working ??= this.#work()
    })
  }

  remove(name: string, version: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#check()
      // As opening does: while a commit is under way, the tables are being read.
      this.#opening.push(() => this.#call({ kind: 'remove', name, version }).then(() => resolve(), reject))
      this.#working ??= this.#work()
    })
  }

  /** Closes the file, which is removed: who has its model open is fenced. */
  async retire(name: string, version: string): Promise<void> {
    await this.remove(name, version)
    this.#removed = name
    await this[Symbol.asyncDispose]()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    await this.#working
    this.#database.close()
    try {
      await this.#worker.call({ kind: 'close' } satisfies ReadStoreMessage)
    } catch {
      // What failed was tidying up.
    }
    await this.#worker.terminate()
  }

  /** Runs between commits: no snapshot is open then, which would lack the tables of a new model. */
  async #open(name: string, version: string, migrations: readonly string[]): Promise<ReadModel> {
    const opened = (await this.#call({ kind: 'open', name, version, migrations }).catch((error: unknown) => {
      const { cause } = error as { readonly cause?: unknown }
      const failure = cause instanceof DatabaseFailure ? cause.failure : undefined
      throw failure?.kind === 'changed' || failure?.kind === 'refused' ? toMigrationError(name, this.#file, failure) : error
    })) as OpenedModel
    const [theirs, file] = [this.#theirs, this.#file]
    const known = this.#models.get(opened.id)
    const layout = { prefix: this.#prefix, file, cacheSize: this.#cacheSize }
    const model = known ?? reading(file, () => new StoredModel(this.#database, { ...opened, name, ...layout }))
    this.#models.set(opened.id, model)
    return {
      get checkpoint() {
        return model.checkpoint
      },
      get: (key) => reading(file, () => model.get(key)),
      list: (list) => reading(file, () => model.list(list)),
      ...(theirs && { tables: opened.tables, rows: ({ texts, values }) => reading(file, () => theirs.rows(texts.join('?'), values)) }),
      commit: (writes, checkpoint, statements = []) => this.#commit(model, opened.epoch, { writes, checkpoint, statements }),
    }
  }

  #commit(model: StoredModel, epoch: number, { writes, checkpoint, statements }: Commitment): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#check()
      if (statements.length > 0 && this.#theirs === undefined)
        throw new TypeError(`read model '${model.name}' was opened without migrations, so it has no tables`)
      // As JSON at once: whoever calls may change the documents while this waits.
      const jsons: string[] = []
      const stored: StoredCommit['writes'][number][] = []
      for (const write of writes.values()) {
        const text = write.kind === 'delete' ? '' : JSON.stringify(write.kind === 'put' ? write.document : write.patch)
        jsons.push(text)
        stored.push(write.kind === 'put' ? text : write.kind === 'patch' ? { patch: text } : null)
      }
      this.#waiting.push({
        model,
        stored: {
          model: model.id,
          epoch,
          checkpoint: toText(checkpoint),
          keys: [...writes.keys()],
          writes: stored,
          ...sharingTexts(statements),
        },
        apply: () => model.apply(writes, jsons, checkpoint),
        resolve,
        reject,
      })
      this.#working ??= this.#work()
    })
  }

  /** All that waits, group after group: what comes while one is being stored makes up the next. */
  async #work(): Promise<void> {
    await Promise.resolve() // commits made in one turn go together
    while (this.#opening.length > 0 || this.#waiting.length > 0) {
      for (const open of this.#opening.splice(0)) await open()
      const group = this.#waiting
      this.#waiting = []
      if (group.length === 0) continue
      try {
        const reply = await this.#commitGroup(group)
        for (const [at, commit] of group.entries()) {
          if (reply.stored[at] === true) commit.resolve()
          else commit.reject(fencedError(commit.model.name))
        }
        if (reply.isCheckpointDue) await this.#call({ kind: 'checkpoint' })
      } catch (error) {
        // Those that wait were made on top of what failed.
        const all = [...group, ...this.#waiting]
        this.#waiting = []
        const refused = error instanceof MillraceError && error.code === 'STATEMENT_REFUSED' ? placeOf(error) : undefined
        for (const [at, commit] of all.entries()) commit.reject(refused === undefined || refused === at ? (error as Error) : undone(error))
      }
    }
    this.#working = undefined
  }

  async #commitGroup(group: readonly Commit[]): Promise<CommitReply> {
    if (this.#broken !== undefined) throw this.#broken
    reading(this.#file, () => this.#database.exec(`BEGIN; SELECT count(*) FROM ${this.#prefix}models`))
    let reply: CommitReply
    try {
      reply = (await this.#call({ kind: 'commit', commits: group.map(({ stored }) => stored) })) as CommitReply
    } finally {
      this.#database.exec('COMMIT')
    }
    for (const [at, commit] of group.entries()) if (reply.stored[at] === true) commit.apply()
    return reply
  }

  async #call(message: ReadStoreMessage): Promise<unknown> {
    try {
      return await this.#worker.call(message)
    } catch (error) {
      const failure: Failure =
        error instanceof DatabaseFailure ? error.failure : { kind: 'other', message: String(error), outcomeUnknown: true }
      const failed = toStoreError(failure, this.#file)
      // After these it is not known what is stored, so neither what the cache must hold.
      if (failure.outcomeUnknown || failure.kind === 'io') this.#broken = failed
      throw failed
    }
  }

  #check(): void {
    if (this.#removed !== undefined) throw fencedError(this.#removed)
    if (this.#closing !== undefined) throw new MillraceError('STORE_UNAVAILABLE', 'the read store is closed')
    if (this.#broken !== undefined) throw this.#broken
  }
}

/** The worker gets each text once: a batch has few of them, and many statements. */
function sharingTexts(statements: readonly Statement[]): Pick<StoredCommit, 'texts' | 'statements'> {
  const numbers = new Map<string, number>()
  // Most are of a few templates.
  const known = new Map<readonly string[], number>()
  const numberOf = (texts: readonly string[]): number => {
    const sql = texts.join('?')
    const number = numbers.get(sql) ?? numbers.size
    numbers.set(sql, number)
    known.set(texts, number)
    return number
  }
  const stored = statements.map(({ texts, values }) => ({ text: known.get(texts) ?? numberOf(texts), values }))
  return { texts: [...numbers.keys()], statements: stored }
}

/** Which commit of its group a refused statement is of. */
const placeOf = ({ cause }: MillraceError): number | undefined =>
  cause instanceof DatabaseFailure ? cause.failure.place?.commit : undefined

const undone = (cause: unknown): MillraceError =>
  new MillraceError('STORE_UNAVAILABLE', 'nothing was stored, because a statement of a commit before or beside it was refused', { cause })
