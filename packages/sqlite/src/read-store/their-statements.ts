import { constants, type DatabaseSync, type StatementSync } from 'node:sqlite'
import { Refused } from '../worker/failure.ts'

/** A value as a projection gives it, and as a row has it: core's `SqlValue`, without loading all of core in the worker. */
export type Cell = string | number | bigint | boolean | null | Uint8Array

/** What the store's own tables begin with, in a file that has a projection's tables as well. */
export const OWN = 'millrace_'
/** Statements kept prepared: those of a projection are a few dozen. */
const MAX_PREPARED = 256

const { SQLITE_OK, SQLITE_DENY, SQLITE_TRANSACTION, SQLITE_SAVEPOINT, SQLITE_ATTACH, SQLITE_DETACH, SQLITE_PRAGMA } = constants
const { SQLITE_SELECT, SQLITE_READ, SQLITE_FUNCTION, SQLITE_RECURSIVE } = constants
const reading: readonly number[] = [SQLITE_SELECT, SQLITE_READ, SQLITE_FUNCTION, SQLITE_RECURSIVE]
const ours: readonly number[] = [SQLITE_TRANSACTION, SQLITE_SAVEPOINT, SQLITE_ATTACH, SQLITE_DETACH, SQLITE_PRAGMA]

/** Primary codes (https://sqlite.org/rescode.html) that say something about the statement, not about the file or the disk. */
const refusals: readonly number[] = [1, 8, 18, 19, 20, 23, 25]
const AUTH = 23

/**
 * A projection's statements on a connection that is the store's: they may neither end its transactions nor change its
 * tables, and where `mayWrite` is false they may only read. (The rule is set once: setting it makes SQLite prepare every
 * statement again.)
 */
export class TheirStatements {
  readonly #database: DatabaseSync
  readonly #mayWrite: boolean
  readonly #prepared = new Map<string, StatementSync>()
  #isTheirs = false

  constructor(database: DatabaseSync, { mayWrite }: { readonly mayWrite: boolean }) {
    this.#database = database
    this.#mayWrite = mayWrite
    database.setAuthorizer((action, one, two) => {
      if (!this.#isTheirs || reading.includes(action)) return SQLITE_OK
      const isOurs = [one, two].some((name) => name?.toLowerCase().startsWith(OWN) === true)
      return this.#mayWrite && !isOurs && !ours.includes(action) ? SQLITE_OK : SQLITE_DENY
    })
  }

  /** Executes a migration, which may be several statements. Throws `Refused`. */
  execute(sql: string): void {
    this.#refusing(() => this.#database.exec(sql))
  }

  /** Throws `Refused`. */
  run(sql: string, values: readonly Cell[]): void {
    const prepared = this.#prepare(sql)
    this.#refusing(() => prepared.run(...values.map(toBound)))
  }

  /** Values as core's `Row` says. Throws `Refused`. */
  rows(sql: string, values: readonly Cell[]): readonly Readonly<Record<string, Cell>>[] {
    const prepared = this.#prepare(sql)
    return this.#refusing(() => {
      // A table may have been altered since the last time.
      const booleans = prepared.columns().filter(({ type }) => type !== null && /^bool(ean)?$/i.test(type))
      return allOf(prepared, values.map(toBound)).map((found) => {
        const row: Record<string, Cell> = { ...found }
        for (const { name } of booleans) if (row[name] !== null) row[name] = row[name] !== 0
        return row
      })
    })
  }

  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql)
    if (known !== undefined) return known
    const prepared = this.#refusing(() => this.#database.prepare(sql))
    // SQLite prepares the first and would leave out the others.
    if (!/^[\s;]*$/.test(sql.slice(prepared.sourceSQL.length))) throw new Refused('there is more than one statement in it')
    if (this.#prepared.size >= MAX_PREPARED) this.#prepared.clear()
    this.#prepared.set(sql, prepared)
    return prepared
  }

  #refusing<Result>(work: () => Result): Result {
    this.#isTheirs = true
    try {
      return work()
    } catch (error) {
      throw this.#toRefused(error)
    } finally {
      this.#isTheirs = false
    }
  }

  #toRefused(error: unknown): unknown {
    const { errcode, message } = error as { readonly errcode?: number; readonly message: string }
    const code = errcode === undefined ? undefined : errcode & 0xff
    if (code === AUTH) {
      const what = this.#mayWrite ? `transactions, other files, settings and tables named ${OWN}… are the store's` : 'a query only reads'
      return new Refused(`${message}: ${what}`)
    }
    return code === undefined || refusals.includes(code) ? new Refused(message) : error
  }
}

/** `node:sqlite` binds a number as floating point: one without a fraction is an integer here. */
function toBound(value: Cell): string | number | bigint | null | Uint8Array {
  if (typeof value === 'boolean') return value ? 1n : 0n
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}

type Stored = Record<string, Exclude<Cell, boolean>>

/** An integer beyond what a number holds makes all of them bigints: those that fit are then made numbers again. */
function allOf(prepared: StatementSync, values: readonly ReturnType<typeof toBound>[]): readonly Stored[] {
  try {
    return prepared.all(...values)
  } catch (error) {
    if ((error as { readonly code?: string }).code !== 'ERR_OUT_OF_RANGE') throw error
  }
  prepared.setReadBigInts(true)
  try {
    const rows: Stored[] = prepared.all(...values)
    for (const row of rows)
      for (const [name, value] of Object.entries(row))
        if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) row[name] = Number(value)
    return rows
  } finally {
    prepared.setReadBigInts(false)
  }
}
