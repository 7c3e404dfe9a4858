import type { DatabaseSync } from 'node:sqlite'
import { Changed, Refused } from '../worker/failure.ts'
import { OWN, type TheirStatements } from './their-statements.ts'

export interface MadeTable {
  readonly name: string
  readonly key: readonly string[]
}

/** Runs those of `migrations` that have not run in this file. Throws `Changed` where one that has run is another one now, `Refused`. */
export function migrate(database: DatabaseSync, theirs: TheirStatements, migrations: readonly string[]): void {
  database.exec(`CREATE TABLE IF NOT EXISTS ${OWN}migrations (number INTEGER PRIMARY KEY, sql TEXT NOT NULL) STRICT`)
  const ran = database.prepare(`SELECT sql FROM ${OWN}migrations ORDER BY number`).all() as { readonly sql: string }[]
  const note = database.prepare(`INSERT INTO ${OWN}migrations (number, sql) VALUES (?, ?)`)
  for (const [at, sql] of migrations.entries()) {
    const before = ran[at]
    if (before?.sql === sql) continue
    if (before !== undefined) throw new Changed(`migration ${at + 1} has run, and was changed since`)
    try {
      theirs.execute(sql)
    } catch (error) {
      throw error instanceof Refused ? new Refused(`migration ${at + 1}: ${error.message}`) : error
    }
    note.run(at + 1, sql)
  }
}

/** The tables that migrations made, in the order of their names. */
export function madeTables(database: DatabaseSync): readonly MadeTable[] {
  const names = database
    .prepare(
      `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '${OWN.replace('_', '\\_')}%' ESCAPE '\\' ORDER BY name`,
    )
    .all() as { readonly name: string }[]
  const columns = database.prepare('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk')
  return names.map(({ name }) => ({ name, key: columns.all(name).map((column) => String(column['name'])) }))
}
