import { MillraceError, toText, type Position, type ReadModel, type ReadStore, type Write } from '@millrace/core'
import { DatabaseSync } from 'node:sqlite'
import type { DatabaseWorker } from '../worker/database-worker.ts'
import { DatabaseFailure, type Failure } from '../worker/failure.ts'
import type { CommitReply, OpenedModel, ReadStoreMessage, StoredCommit } from './read-store-writer.ts'
import { fencedError, reading, toStoreError } from './store-errors.ts'
import { StoredModel } from './stored-model.ts'

interface Commit {
  readonly model: StoredModel
  readonly stored: StoredCommit
  /** Makes the commit visible, once it is stored. */
  apply(): void
  resolve(): void
  reject(error: Error): void
}

/**
 * The `ReadStore` of one directory. The worker writes; reads are synchronous, on the main thread, and see the last
 * commit that was answered: while one is under way, the read connection holds the snapshot before it.
 */
export class SqliteReadStore implements ReadStore {
  readonly isShared = false
  readonly #worker: DatabaseWorker
  readonly #database: DatabaseSync
  readonly #cacheSize: number
  readonly #models = new Map<number, StoredModel>()
  readonly #opening: (() => Promise<void>)[] = []
  #waiting: Commit[] = []
  #working: Promise<void> | undefined
  /** Set when the disk failed: only a start reads what is really there. */
  #broken: MillraceError | undefined
  #closing: Promise<void> | undefined

  constructor(worker: DatabaseWorker, file: string, cacheSize: number) {
    this.#worker = worker
    this.#database = new DatabaseSync(file, { readOnly: true, timeout: 1_000 })
    this.#cacheSize = cacheSize
  }

  open(name: string, version: string): Promise<ReadModel> {
    return new Promise((resolve, reject) => {
      this.#check()
      this.#opening.push(() => this.#open(name, version).then(resolve, reject))
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
  async #open(name: string, version: string): Promise<ReadModel> {
    const opened = (await this.#call({ kind: 'open', name, version })) as OpenedModel
    const known = this.#models.get(opened.id)
    const model = known ?? reading(() => new StoredModel(this.#database, { ...opened, name, cacheSize: this.#cacheSize }))
    this.#models.set(opened.id, model)
    return {
      get checkpoint() {
        return model.checkpoint
      },
      get: (key) => reading(() => model.get(key)),
      list: (list) => reading(() => model.list(list)),
      commit: (writes, checkpoint) => this.#commit(model, opened.epoch, writes, checkpoint),
    }
  }

  #commit(model: StoredModel, epoch: number, writes: ReadonlyMap<string, Write>, checkpoint: Position): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#check()
      // As JSON at once: whoever calls may change the documents while this waits.
      const texts: string[] = []
      const stored: StoredCommit['writes'][number][] = []
      for (const write of writes.values()) {
        const text = write.kind === 'delete' ? '' : JSON.stringify(write.kind === 'put' ? write.document : write.patch)
        texts.push(text)
        stored.push(write.kind === 'put' ? text : write.kind === 'patch' ? { patch: text } : null)
      }
      this.#waiting.push({
        model,
        stored: { model: model.id, epoch, checkpoint: toText(checkpoint), keys: [...writes.keys()], writes: stored },
        apply: () => model.apply(writes, texts, checkpoint),
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
        for (const commit of all) commit.reject(error as Error)
      }
    }
    this.#working = undefined
  }

  async #commitGroup(group: readonly Commit[]): Promise<CommitReply> {
    if (this.#broken !== undefined) throw this.#broken
    reading(() => this.#database.exec('BEGIN; SELECT count(*) FROM models'))
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
      const failed = toStoreError(failure)
      // After these it is not known what is stored, so neither what the cache must hold.
      if (failure.outcomeUnknown || failure.kind === 'io') this.#broken = failed
      throw failed
    }
  }

  #check(): void {
    if (this.#closing !== undefined) throw new MillraceError('STORE_UNAVAILABLE', 'the read store is closed')
    if (this.#broken !== undefined) throw this.#broken
  }
}
