import { MillraceError, type Table } from '@millrace/core'
import type { Ask, Database } from './database.ts'
import { lockSchema, type Names } from './schema.ts'
import { executeMigration } from './their-statements.ts'

/** Where a model's tables are found by their names, until the transaction ends. `public` is where extensions are. */
export const searchPath = (names: Names, model: number): string => `SET LOCAL search_path = ${names.tables(model)}, public`

/**
 * Makes the tables of a model, in a schema of its own: runs those of `migrations` that have not run. All in one
 * transaction. Fails with `MIGRATIONS_CHANGED`, `STATEMENT_REFUSED`.
 */
export function makeTables(
  database: Database,
  names: Names,
  model: { readonly id: number; readonly name: string; readonly migrations: readonly string[] },
): Promise<readonly Table[]> {
  const { id, name, migrations } = model
  return database.transaction(async (ask) => {
    await lockSchema(ask, names)
    await ask({
      text: `CREATE TABLE IF NOT EXISTS ${names.migrations} (
        model int NOT NULL REFERENCES ${names.models} ON DELETE CASCADE, number int NOT NULL, sql text NOT NULL, PRIMARY KEY (model, number))`,
    })
    const ran = await ask<{ readonly sql: string }>({
      text: `SELECT sql FROM ${names.migrations} WHERE model = $1 ORDER BY number`,
      values: [id],
    })
    if (ran.length === 0) {
      await requireUnfolded(ask, names, model)
      await ask({ text: `CREATE SCHEMA IF NOT EXISTS ${names.tables(id)}` })
    }
    await ask({ text: searchPath(names, id) })
    for (const [at, sql] of migrations.entries()) {
      const before = ran[at]
      if (before?.sql === sql) continue
      if (before !== undefined)
        throw changed(name, `migration ${at + 1} has run, and was changed since. Put it back and append what is to change, or raise`)
      await executeMigration(ask, sql).catch((error: unknown) => {
        if (!(error instanceof MillraceError) || error.code !== 'STATEMENT_REFUSED') throw error
        const what = `tables of read model '${name}': migration ${at + 1}: ${error.message}. Mend it and start again`
        throw new MillraceError('STATEMENT_REFUSED', what, { at: { model: name, migration: at + 1 }, cause: error.cause })
      })
      await ask({ text: `INSERT INTO ${names.migrations} VALUES ($1, $2, $3)`, values: [id, at + 1, sql] })
    }
    return ask<Table & Readonly<Record<string, unknown>>>({
      text: `SELECT c.relname::text AS name, coalesce((
          SELECT array_agg(a.attname::text ORDER BY k.ordinality) FROM pg_catalog.pg_index i
            CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (number, ordinality)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
            WHERE i.indrelid = c.oid AND i.indisprimary), '{}') AS key
        FROM pg_catalog.pg_class c
        WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname COLLATE "C"`,
      values: [names.tables(id)],
    })
  })
}

/** Rows that are missing from before would be missing for ever. */
async function requireUnfolded(ask: Ask, names: Names, { id, name }: { readonly id: number; readonly name: string }): Promise<void> {
  const folded = await ask({ text: `SELECT 1 FROM ${names.partitions} WHERE model = $1 AND next > 0 LIMIT 1`, values: [id] })
  if (folded.length > 0) throw changed(name, 'it has been folded without tables. Raise')
}

const changed = (name: string, what: string): MillraceError =>
  new MillraceError('MIGRATIONS_CHANGED', `tables of read model '${name}': ${what} the projection's version`, { at: { model: name } })
