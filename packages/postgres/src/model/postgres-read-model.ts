import {
  START,
  type List,
  type MillraceError,
  type PartitionFold,
  type Position,
  type Row,
  type SharedReadModel,
  type Statement as TheirStatement,
  type StoredDocument,
  type StoredReader,
  type Table,
  type ToldWrites,
  type Versioned,
  type VersionedEntry,
  type Write,
} from '@millrace/core'
import { randomUUID } from 'node:crypto'
import type { QueryResultRow } from 'pg'
import type { Ask, Database, Statement } from '../database/database.ts'
import type { Names } from '../database/schema.ts'
import { fencedError, removedError } from '../database/store-errors.ts'
import { searchPath } from '../database/tables.ts'
import { readRows } from '../database/their-statements.ts'
import { CommitQueue } from './commit-queue.ts'
import type { JsonWrite } from './commit-writes.ts'
import { DocumentCache } from './document-cache.ts'
import { DocumentLoader } from './document-loader.ts'
import type { Follower } from './feed.ts'
import type { FoldedCommit, FoldedModel } from './folded-model.ts'
import { PostgresPartitionFold } from './postgres-partition-fold.ts'
import { StoredDocuments } from './stored-documents.ts'
import { TellingOrder } from './telling-order.ts'
import type { Told } from './told.ts'

/** How long an own commit's answer may take after it was counted, in milliseconds: then something was not told. */
const PATIENCE_MS = 250
/** How long before it is asked again how far the model is. */
const RETRY_MS = 500

/** A commit of whoever: what is in the cache because of it, and what those who follow are told. */
interface Commit {
  readonly partition: number
  readonly next: number
  /** Undefined where it was too large to be told. */
  readonly json: ReadonlyMap<string, JsonWrite | undefined> | undefined
  readonly writes: ToldWrites | undefined
}

export interface OpenedModel {
  readonly id: number
  readonly name: string
  readonly cacheBytes: number
  readonly tables: readonly Table[] | undefined
}

/** One read model as this process has it: what was used last in memory, as new as what was told. */
export class PostgresReadModel implements SharedReadModel, Follower, FoldedModel {
  readonly id: number
  readonly name: string
  readonly #database: Database
  readonly names: Names
  readonly cache: DocumentCache
  readonly loader: DocumentLoader
  readonly tables?: readonly Table[]
  readonly rows?: (statement: TheirStatement) => Promise<readonly Row[]>
  readonly queue: CommitQueue = new CommitQueue(this)
  readonly sender: string = randomUUID().slice(0, 8)
  readonly #stored: StoredDocuments
  readonly #order = new TellingOrder<Commit>((number, commit) => this.#tell(number, commit))
  readonly #listeners: ((writes: ToldWrites | undefined) => void)[] = []
  readonly #folded = new Map<number, number>()
  #checkpoint: Position = START
  /** What is in memory may be of a server that has crashed since. */
  #isDoubtful = true
  #catchingUp: Promise<void> | undefined
  #isClosed = false

  constructor(database: Database, names: Names, { id, name, cacheBytes, tables }: OpenedModel) {
    this.id = id
    this.name = name
    this.#database = database
    this.names = names
    this.cache = new DocumentCache(cacheBytes)
    this.#stored = new StoredDocuments((statement) => this.ask(statement), names, this)
    this.loader = new DocumentLoader(this.#stored, this.cache)
    if (tables !== undefined) {
      this.tables = tables
      this.rows = (statement) => this.#reading('READ ONLY', (ask) => readRows(ask, statement))
    }
    database.onLost(() => {
      this.#isDoubtful = true
      void this.#catchUpSomeTime()
    })
  }

  /** Reads how far it is. What is told from now on goes on from there. */
  async open(): Promise<void> {
    await this.#catchUp()
    if (this.#order.last === 0) this.cache.beginEmpty()
  }

  close(): void {
    this.#isClosed = true
  }

  get generation(): number {
    return this.#database.generation
  }

  get checkpoint(): Position {
    return this.#checkpoint
  }

  follow(listener: (writes: ToldWrites | undefined) => void): void {
    this.#listeners.push(listener)
  }

  get(key: string): StoredDocument | undefined | Promise<StoredDocument | undefined> {
    const known = this.cache.get(key)
    return known === undefined ? this.loader.load(key).then(({ document }) => document) : known.document
  }

  /** Most of what is listed is in memory: then only its versions are asked for. */
  async list(list: List): Promise<readonly VersionedEntry[]> {
    if (this.#isDoubtful) return this.#stored.list(list)
    const listed = await this.#stored.versions(list)
    const entries = listed.map(async ({ key, version }) => {
      const document = this.cache.at(key, version)
      return { key, ...(document === undefined ? await this.loader.load(key) : { document, version }) }
    })
    return (await Promise.all(entries)).flatMap(({ key, document, version }) =>
      document === undefined ? [] : [{ key, document, version }],
    )
  }

  async read(key: string): Promise<Versioned> {
    if (this.#isDoubtful) await this.#catchUp()
    return this.cache.guess(key) ?? this.loader.load(key)
  }

  snapshot<Result>(work: (stored: StoredReader, checkpoint: Position) => Promise<Result>): Promise<Result> {
    return this.#reading('ISOLATION LEVEL REPEATABLE READ, READ ONLY', async (ask) => {
      const { checkpoint } = await this.#state(ask)
      const documents = new StoredDocuments(ask, this.names, this)
      const stored: StoredReader = {
        get: (key) => documents.get(key),
        list: (list) => documents.list(list),
        ...(this.tables && { rows: (statement: TheirStatement) => readRows(ask, statement) }),
      }
      return work(stored, checkpoint)
    })
  }

  commitWith<Result>(work: (ask: Ask) => Promise<Result>): Promise<Result> {
    return this.#database.transaction(work, `; ${searchPath(this.names, this.id)}`).catch((error: unknown) => {
      throw this.#removedOr(error)
    })
  }

  async claim(partition: number, token: number): Promise<PartitionFold> {
    if (this.#isDoubtful) await this.#catchUp()
    const { generation } = this.#database
    const [claimed] = await this.ask<{ readonly next: string }>({
      name: 'claim',
      text: `INSERT INTO ${this.names.partitions} AS p (model, partition, token, next) VALUES ($1, $2, $3, 0)
        ON CONFLICT (model, partition) DO UPDATE SET token = excluded.token WHERE p.token <= excluded.token RETURNING next`,
      values: [this.id, partition, token],
    })
    if (claimed === undefined) throw fencedError(this.name, partition)
    const next = Number(claimed.next)
    if (next !== (this.#folded.get(partition) ?? 0)) this.cache.doubtAbsence()
    return new PostgresPartitionFold(this, { partition, token, generation, next })
  }

  async ask<Found extends QueryResultRow>(statement: Statement): Promise<readonly Found[]> {
    try {
      return await this.#database.query<Found>(statement)
    } catch (error) {
      throw this.#removedOr(error)
    }
  }

  #removedOr(error: unknown): unknown {
    const { code, cause } = error as MillraceError
    if (code === 'STATEMENT_REFUSED') return error
    const { code: state } = (cause ?? {}) as { readonly code?: string }
    // No such table, function, schema, or row that another refers to.
    return state === '42P01' || state === '42883' || state === '3F000' || state === '23503' ? removedError(this.name, error) : error
  }

  /** A transaction that only reads, where the model's tables are found by their names. */
  #reading<Result>(mode: string, work: (ask: Ask) => Promise<Result>): Promise<Result> {
    const path = this.tables === undefined ? '' : `; ${searchPath(this.names, this.id)}`
    return this.#database.transaction(work, `${mode}${path}`).catch((error: unknown) => {
      throw this.#removedOr(error)
    })
  }

  committed({ number, partition, next, writes, json }: FoldedCommit): void {
    this.#folded.set(partition, next)
    this.#order.heard(number, { partition, next, json, writes })
  }

  told({ number, sender, partition, next, writes }: Told): void {
    if (sender === this.sender) return
    this.#folded.delete(partition)
    if (writes === undefined) {
      this.#order.heard(number, { partition, next, json: undefined, writes: undefined })
      return
    }
    const json = new Map(writes.map(({ key, kind, json }) => [key, kind && { kind, json }]))
    this.#order.heard(number, { partition, next, json, writes: new Map([...json].map(([key, write]) => [key, toWrite(write)])) })
  }

  counted(commits: number): void {
    if (commits <= this.#order.last) return
    setTimeout(() => {
      if (commits > this.#order.last) void this.#catchUpSomeTime()
    }, PATIENCE_MS)
  }

  missed(): void {
    this.#isDoubtful = true
    void this.#catchUpSomeTime()
  }

  #tell(number: number, { partition, next, json, writes }: Commit): void {
    if (json === undefined) {
      this.cache.doubtAll()
      this.loader.changed()
    } else {
      for (const [key, write] of json) {
        this.cache.apply(key, number, write)
        this.loader.changed(key)
      }
    }
    this.#checkpoint = new Map(this.#checkpoint).set(partition, next)
    for (const listener of this.#listeners) listener(writes)
  }

  async #state(ask: Ask): Promise<{ readonly commits: number; readonly checkpoint: Position }> {
    const rows = await ask<{ readonly commits: string; readonly partition: number | null; readonly next: string | null }>({
      name: 'state',
      text: `SELECT m.commits, p.partition, p.next FROM ${this.names.models} m
        LEFT JOIN ${this.names.partitions} p ON p.model = m.id AND p.next > 0 WHERE m.id = $1`,
      values: [this.id],
    })
    if (rows.length === 0) throw removedError(this.name)
    const checkpoint = new Map<number, number>()
    for (const { partition, next } of rows) if (partition !== null) checkpoint.set(partition, Number(next))
    return { commits: Number(rows[0]!.commits), checkpoint }
  }

  /** Reads how far it is, where commits may not have been told. */
  #catchUp(): Promise<void> {
    this.#catchingUp ??= this.#doCatchUp().finally(() => (this.#catchingUp = undefined))
    return this.#catchingUp
  }

  async #doCatchUp(): Promise<void> {
    const { generation } = this.#database
    const { commits, checkpoint } = await this.#state((statement) => this.ask(statement))
    if (this.#isDoubtful) {
      this.cache.clear()
      this.#folded.clear()
      this.#isDoubtful = generation !== this.#database.generation
    } else if (commits <= this.#order.last) return
    else this.cache.doubtAll()
    this.loader.changed()
    this.#checkpoint = checkpoint
    for (const listener of this.#listeners) listener(undefined)
    this.#order.goOnAfter(commits)
  }

  /** Until it is done: nobody waits for it. */
  async #catchUpSomeTime(): Promise<void> {
    for (;;) {
      if (this.#isClosed) return
      try {
        await this.#catchUp()
        return
      } catch (error) {
        if ((error as MillraceError).code === 'STORE_FENCED') return
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref())
      }
    }
  }
}

function toWrite(write: JsonWrite | undefined): Write | undefined {
  if (write === undefined) return undefined
  if (write.kind === 'delete') return { kind: 'delete' }
  const content = JSON.parse(write.json) as StoredDocument
  return write.kind === 'put' ? { kind: 'put', document: content } : { kind: 'patch', patch: content }
}
