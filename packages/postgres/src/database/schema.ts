import { MillraceError } from '@millrace/core'
import type { Ask, Database } from './database.ts'

/** What the tables are like: another number is another release's. */
const FORMAT = 1
const OLDEST_VERSION = 13
/** Advisory locks are per database; the first half says that it is ours. */
const LOCK_CLASS = 0x4d52_5253

/** Names of what is in the schema, quoted where they must be. */
export interface Names {
  readonly schema: string
  readonly models: string
  readonly partitions: string
  /** On which commits are told. */
  readonly channel: string
  documents(model: number): string
  patches(model: number): string
  commit(model: number): string
  /** What made the tables of models, once there are any. */
  readonly migrations: string
  /** The schema that a model's tables of its own are in. */
  tables(model: number): string
}

export function namesIn(schema: string): Names {
  if (!/^[a-z_][a-z0-9_]{0,50}$/.test(schema)) {
    throw new TypeError(
      `schema: expected lower-case letters, digits and underscores, beginning with a letter, at most 51 characters; got '${schema}'`,
    )
  }
  return {
    schema: `"${schema}"`,
    models: `"${schema}".models`,
    partitions: `"${schema}".partitions`,
    channel: `"millrace:${schema}"`,
    documents: (model) => `"${schema}".documents_${model}`,
    patches: (model) => `"${schema}".patches_${model}`,
    migrations: `"${schema}".migrations`,
    tables: (model) => `"${schema}_t${model}"`,
    commit: (model) => `"${schema}".commit_${model}_f${FORMAT}`,
  }
}

/** Takes a lock that ends with the transaction, so that several instances that start at once create things once. */
export const lockSchema = (ask: Ask, { schema }: Names): Promise<unknown> =>
  ask({ text: 'SELECT pg_advisory_xact_lock($1, hashtext($2))', values: [LOCK_CLASS, schema] })

/** Creates what all read models share, where it is not there; and checks that the server is one that it can be in. */
export async function createSchema(database: Database, names: Names): Promise<void> {
  const [server] = await database.query<{ readonly version: string; readonly encoding: string; readonly is_there: boolean }>({
    text: `SELECT current_setting('server_version') AS version, current_setting('server_encoding') AS encoding,
             to_regclass($1) IS NOT NULL AS is_there`,
    values: [names.partitions],
  })
  const { version = '0', encoding = '', is_there: isThere = false } = server ?? {}
  const misconfigured = (what: string): MillraceError => new MillraceError('STORE_MISCONFIGURED', `${database.where}: ${what}`)
  if (Number.parseInt(version) < OLDEST_VERSION)
    throw misconfigured(`it is PostgreSQL ${version}; ${OLDEST_VERSION} or newer is needed. Use a newer server`)
  if (encoding !== 'UTF8')
    throw misconfigured(`its encoding is ${encoding}, not UTF8. CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`)
  if (!isThere) {
    await database.transaction(async (ask) => {
      await lockSchema(ask, names)
      // Only where it is not there: the right to create it is not needed otherwise.
      const [found] = await ask<{ readonly is_there: boolean }>({
        text: 'SELECT to_regnamespace($1) IS NOT NULL AS is_there',
        values: [names.schema],
      })
      if (found?.is_there !== true) await ask({ text: `CREATE SCHEMA ${names.schema}` })
      await ask({ text: `CREATE TABLE IF NOT EXISTS "${bare(names)}".format (format int PRIMARY KEY)` })
      await ask({ text: `INSERT INTO "${bare(names)}".format VALUES (${FORMAT}) ON CONFLICT DO NOTHING` })
      await ask({
        text: `CREATE TABLE IF NOT EXISTS ${names.models} (
          id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, name text NOT NULL, version text NOT NULL, commits bigint NOT NULL DEFAULT 0,
          UNIQUE (name, version)) WITH (fillfactor = 10)`,
      })
      await ask({
        text: `CREATE TABLE IF NOT EXISTS ${names.partitions} (
          model int NOT NULL REFERENCES ${names.models} ON DELETE CASCADE, partition int NOT NULL, token bigint NOT NULL, next bigint NOT NULL,
          PRIMARY KEY (model, partition)) WITH (fillfactor = 10)`,
      })
    })
  }
  const formats = await database.query<{ readonly format: number }>({ text: `SELECT format FROM "${bare(names)}".format` })
  if (formats.length !== 1 || formats[0]?.format !== FORMAT) {
    throw misconfigured(
      `its schema ${names.schema} is of another release (format ${formats.map(({ format }) => format).join(', ')}, expected ${FORMAT}). ` +
        'Name another schema: read models are folded anew from the log',
    )
  }
}

const bare = ({ schema }: Names): string => schema.slice(1, -1)
