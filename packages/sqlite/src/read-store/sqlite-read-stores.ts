import type { ReadModel, ReadStore } from '@millrace/core'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SqliteReadStore } from './sqlite-read-store.ts'

/**
 * The read models of one directory: those of documents together in `read.db`; each that has tables in a file of its own, with
 * its documents and its checkpoint. So any build has the names of its tables to itself, a commit is a transaction of one
 * file, and a build beside the one that serves is written by a thread of its own.
 */
export class SqliteReadStores implements ReadStore {
  readonly isShared = false
  readonly hasTables = true
  readonly #directory: string
  readonly #openFile: (name: string, hasTables: boolean) => SqliteReadStore
  readonly #documents: SqliteReadStore
  readonly #files = new Map<string, SqliteReadStore>()
  /** One after the other: files are opened and removed. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(directory: string, openFile: (name: string, hasTables: boolean) => SqliteReadStore) {
    this.#directory = directory
    this.#openFile = openFile
    this.#documents = openFile('read.db', false)
  }

  open(name: string, version: string, migrations: readonly string[] = []): Promise<ReadModel> {
    return this.#inTurn(async () => {
      // A projection that has got tables, or has them no more, is folded anew: of what it was before nothing is left.
      if (migrations.length === 0) {
        await this.#removeFile(name, version)
        return this.#documents.open(name, version)
      }
      await this.#documents.remove(name, version)
      return this.#file(name, version).open(name, version, migrations)
    })
  }

  remove(name: string, version: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#documents.remove(name, version)
      await this.#removeFile(name, version)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn
    await Promise.all([this.#documents, ...this.#files.values()].map((store) => store[Symbol.asyncDispose]()))
  }

  #file(name: string, version: string): SqliteReadStore {
    const file = fileOf(name, version)
    const store = this.#files.get(file) ?? this.#openFile(file, true)
    this.#files.set(file, store)
    return store
  }

  async #removeFile(name: string, version: string): Promise<void> {
    const file = fileOf(name, version)
    const path = join(this.#directory, file)
    if (!this.#files.has(file) && !existsSync(path)) return
    // Another process may have it open: the model is removed in the file first, which fences that one.
    await this.#file(name, version).retire(name, version)
    this.#files.delete(file)
    for (const end of ['', '-wal', '-shm']) await rm(`${path}${end}`, { force: true })
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }
}

/** Readable, and different for any two models whatever their names. */
function fileOf(name: string, version: string): string {
  const readable = `${name}-${version}`.replaceAll(/[^A-Za-z0-9.-]+/g, '-').slice(0, 60)
  return `read-${readable}-${createHash('sha256').update(`${name}\0${version}`).digest('hex').slice(0, 16)}.db`
}
