import { randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { MillraceError, type Batch, type NewRecord, type StoredCommand } from '@millrace/core'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { DatabaseFailure, toFailure } from '../worker/failure.ts'
import { ChunkReader, type Table } from './chunk.ts'
import { readCommands, readRecords } from './records.ts'

/** One synchronous read takes about so many bytes from the database, or one chunk where that is larger. */
const READ_BYTES = 262_144

/** Decoded batches known per partition, at most; each only as long as somebody holds it. */
const MAX_REMEMBERED = 64

const APPLICATION_ID = 0x4d52_4c47
const FORMAT = 1

/** The main thread's side of `log.db`: creates it, and reads it in short synchronous turns. */
export class LogFile {
  readonly partitions: number
  /** The epoch of the last owner so far. */
  readonly epoch: number
  readonly identity: string
  readonly #file: string
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  /** What was decoded lately, by partition and offset: at a start many readers fold the same, one shortly after the other. */
  readonly #decoded: Map<number, WeakRef<Batch>>[] = []

  private constructor(file: string, database: DatabaseSync) {
    this.#file = file
    this.#database = database
    const setting = database.prepare('SELECT value FROM settings WHERE name = ?')
    const settingOf = (name: string): number => (setting.get(name) as { readonly value: number } | undefined)?.value ?? 0
    this.partitions = settingOf('partitions')
    this.epoch = settingOf('epoch')
    this.identity = String(settingOf('identity'))
  }

  /** Opens the file, and creates it where it is not there. The caller holds the directory's lock. */
  static open(file: string, partitions: number | undefined): LogFile {
    try {
      const creator = new DatabaseSync(file, { timeout: 1_000 })
      try {
        create(creator, file, partitions ?? 12)
        // After a crash the WAL may hold what never reached the disk: rewritten into the database and synced, it has.
        const { log, checkpointed } = creator.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as Readonly<Record<string, number>>
        if (checkpointed !== log) {
          const message = `${file} is being read by another process, and has been for too long: what a crash left can't be made durable. End that process, then open it again.`
          throw new MillraceError('LOG_UNAVAILABLE', message, { at: { file } })
        }
      } finally {
        creator.close()
      }
      return new LogFile(file, new DatabaseSync(file, { readOnly: true, timeout: 1_000 }))
    } catch (error) {
      throw this.#toError(error, file)
    }
  }

  /** Opens a file that another process owns, to read it alone. */
  static openToFollow(file: string): LogFile {
    let database: DatabaseSync | undefined
    try {
      database = existsSync(file) ? new DatabaseSync(file, { readOnly: true, timeout: 1_000 }) : undefined
      if (database !== undefined && isLog(database, file)) return new LogFile(file, database)
    } catch (error) {
      database?.close()
      throw this.#toError(error, file)
    }
    database?.close()
    const message = `there is no log in ${dirname(file)} yet: start the process that owns it first, or name its directory`
    throw new MillraceError('LOG_UNAVAILABLE', message, { at: { file } })
  }

  /** The offset after the last record of a table, and that record's time. */
  end(table: Table, partition: number): { readonly next: number; readonly timeMs: number } {
    const [row] = this.#rows(`SELECT first, data FROM ${table}_${partition} ORDER BY first DESC LIMIT 1`, [], 1)
    if (row === undefined) return { next: 0, timeMs: 0 }
    const records: (NewRecord | StoredCommand)[] = []
    const next = this.#decode(table, partition, row.first, row, records)
    return { next, timeMs: records.at(-1)?.timeMs ?? 0 }
  }

  /** Some records from `from` on, from what is stored before `end`; `from < end`. May begin before `from`. */
  readEvents(partition: number, from: number, end: number): Batch {
    const decoded = this.#decoded[partition]?.get(from)?.deref()
    if (decoded !== undefined) return decoded
    const records: NewRecord[] = []
    const { first, next } = this.#read('events', partition, { from, end }, records)
    const batch: Batch = { partition, first, next, records }
    this.#remember(from, batch)
    return batch
  }

  readCommands(partition: number, from: number, end: number): readonly StoredCommand[] {
    const commands: StoredCommand[] = []
    const { first } = this.#read('commands', partition, { from, end }, commands)
    return first < from ? commands.slice(from - first) : commands
  }

  #remember(from: number, batch: Batch): void {
    const decoded = (this.#decoded[batch.partition] ??= new Map())
    if (decoded.size >= MAX_REMEMBERED) decoded.clear()
    decoded.set(from, new WeakRef(batch))
  }

  close(): void {
    this.#database.close()
  }

  #read(
    table: Table,
    partition: number,
    { from, end }: { readonly from: number; readonly end: number },
    into: (NewRecord | StoredCommand)[],
  ): { readonly first: number; readonly next: number } {
    const name = `${table}_${partition}`
    const rows = this.#rows(
      `SELECT first, data FROM ${name}
       WHERE first >= coalesce((SELECT max(first) FROM ${name} WHERE first <= ?1), 0) AND first < ?2 ORDER BY first`,
      [from, end],
      READ_BYTES,
    )
    const first = rows[0]?.first ?? from
    let next = Math.min(first, from)
    for (const row of rows) next = this.#decode(table, partition, next, row, into)
    if (next <= from) throw this.#damaged(table, partition, from, `there is nothing, but records from ${end} on`)
    return { first, next }
  }

  /** Adds a chunk's records to `into`, and returns the offset after them. */
  #decode(table: Table, partition: number, expected: number, row: Row, into: (NewRecord | StoredCommand)[]): number {
    if (row.first !== expected) throw this.#damaged(table, partition, expected, `there is nothing, but records from ${row.first} on`)
    const chunk = ChunkReader.open(row.data, table, partition)
    if (typeof chunk === 'string') throw this.#damaged(table, partition, expected, chunk)
    if (chunk.first !== expected) throw this.#damaged(table, partition, expected, `it says that it begins at ${chunk.first}`)
    if (table === 'events') readRecords(chunk, into as NewRecord[])
    else readCommands(chunk, into as StoredCommand[])
    if (!chunk.isDone) throw this.#damaged(table, partition, expected, 'its content does not add up, or a newer release wrote it')
    return expected + chunk.count
  }

  #rows(sql: string, parameters: readonly number[], maxBytes: number): Row[] {
    try {
      const statement = this.#statements.get(sql) ?? this.#database.prepare(sql)
      this.#statements.set(sql, statement)
      const rows: Row[] = []
      let bytes = 0
      for (const row of statement.iterate(...parameters) as Iterable<unknown> as Iterable<Row>) {
        rows.push(row)
        bytes += row.data.byteLength
        if (bytes >= maxBytes) break
      }
      return rows
    } catch (error) {
      throw LogFile.#toError(error, this.#file)
    }
  }

  #damaged(table: Table, partition: number, offset: number, what: string): MillraceError {
    return new MillraceError(
      'LOG_DAMAGED',
      `${this.#file}: ${table} of partition ${partition} can't be read at offset ${offset}: ${what}. ` +
        `Stop, keep a copy of the directory, and restore it from a backup; nothing is skipped.`,
      { at: { file: this.#file, table, partition, offset } },
    )
  }

  static #toError(error: unknown, file: string): unknown {
    if (error instanceof MillraceError || error instanceof TypeError) return error
    const failure = toFailure(error, false)
    const options = { at: { file }, cause: new DatabaseFailure(failure) }
    if (failure.kind === 'damaged') {
      const advice = 'Stop, keep a copy of the directory, and restore it from a backup.'
      return new MillraceError('LOG_DAMAGED', `${file} can't be read: ${failure.message}. ${advice}`, options)
    }
    if (failure.kind === 'full')
      return new MillraceError('LOG_FULL', `no room for ${file}: ${failure.message}. Make room, then open it again.`, options)
    return new MillraceError('LOG_UNAVAILABLE', `${file} can't be opened or read: ${failure.message}`, options)
  }
}

interface Row {
  readonly first: number
  readonly data: Uint8Array
}

/** False where nothing has been created yet. */
function isLog(database: DatabaseSync, file: string): boolean {
  const { application_id: application } = database.prepare('PRAGMA application_id').get() as { readonly application_id: number }
  const { user_version: format } = database.prepare('PRAGMA user_version').get() as { readonly user_version: number }
  if (application === APPLICATION_ID && format === FORMAT) return true
  if (application !== 0 || format !== 0) {
    throw new MillraceError(
      'LOG_DAMAGED',
      `${file} is no Millrace log of format ${FORMAT}: its marks are ${application} and ${format}. Open it with the release that wrote it.`,
      { at: { file } },
    )
  }
  return false
}

function create(database: DatabaseSync, file: string, partitions: number): void {
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  if (isLog(database, file)) return
  // One table per partition: each grows at its end alone, which packs pages full and dirties the fewest.
  const tables = Array.from({ length: partitions }, (_, partition) =>
    ['commands', 'events']
      .map((table) => `CREATE TABLE ${table}_${partition} (first INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;`)
      .join(''),
  )
  database.exec(`BEGIN IMMEDIATE;
    CREATE TABLE settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
    INSERT INTO settings VALUES ('partitions', ${partitions}), ('epoch', 0), ('identity', ${randomInt(2 ** 47)});
    ${tables.join('')}
    PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT};
    COMMIT`)
}
