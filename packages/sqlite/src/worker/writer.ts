import { DatabaseSync } from 'node:sqlite'

/** The worker's side of one database. */
export interface Writer {
  /** True while, and after, a COMMIT failed: see `Failure.outcomeUnknown`. */
  readonly committing: boolean
  handle(message: unknown): unknown
  /** Work that no caller needs to wait for. Must not throw. */
  afterReply(): void
}

export interface Transactions {
  readonly database: DatabaseSync
  readonly committing: boolean
  /** Runs `work` in one transaction: all of it is stored, or nothing. */
  run<Result>(work: () => Result): Result
}

/** The write connection. Checkpoints are run by hand, so that their failures are seen. */
export function openTransactions(file: string, synchronous: 'FULL' | 'NORMAL'): Transactions {
  const database = new DatabaseSync(file, { timeout: 1_000 })
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -16000`)
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  let committing = false
  return {
    database,
    get committing() {
      return committing
    },
    run(work) {
      committing = false
      begin.run()
      try {
        const result = work()
        committing = true
        commit.run()
        return result
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    },
  }
}
