import type { SharedReadStore } from '@millrace/core'
import { Database } from './database/database.ts'
import { openModel, removeModel } from './database/model-tables.ts'
import { createSchema, namesIn } from './database/schema.ts'
import { makeTables } from './database/tables.ts'
import { deniedError } from './database/store-errors.ts'
import { Feed } from './model/feed.ts'
import { PostgresReadModel } from './model/postgres-read-model.ts'

export interface PostgresReadStoreOptions {
  /** Where all of it is, created where it is not there (default `millrace`). Apps that share a database need one each. */
  readonly schema?: string
  /** Connections at most, beside the one that listens: 10 unless said. */
  readonly maxConnections?: number
  /** How long a statement may take, in milliseconds: 30,000 unless said. */
  readonly statementTimeoutMs?: number
  /** After so long without a word in the middle of a transaction the server ends a connection, so that others go on: 10,000 ms unless said. */
  readonly stalledTransactionMs?: number
  /** Documents kept in memory for each model, by the characters of their JSON: 64 Mi unless said. */
  readonly cacheBytes?: number
}

/**
 * Opens the read models in a PostgreSQL database, `postgres://user:password@host:port/database`, and creates what is not
 * there. Instances that open the same share the partitions among them. A document that `get` gave may be patched in place
 * by a later commit: copy what is kept for longer than a turn of the event loop.
 *
 * Fails with `STORE_DENIED`, `STORE_MISCONFIGURED`, `STORE_UNAVAILABLE`. Once it is open, a server that is away makes calls
 * fail with `STORE_UNAVAILABLE` until it is back.
 */
export async function openPostgresReadStore(
  url: string,
  {
    schema = 'millrace',
    maxConnections = 10,
    statementTimeoutMs = 30_000,
    stalledTransactionMs = 10_000,
    cacheBytes = 64 * 1024 * 1024,
  }: PostgresReadStoreOptions = {},
): Promise<SharedReadStore> {
  if (!/^postgres(ql)?:\/\//.test(url))
    throw new TypeError(`url: expected postgres://user:password@host:port/database, got '${url.split(':')[0] ?? ''}:…'`)
  const names = namesIn(schema)
  const database = new Database({ url, maxConnections, statementTimeoutMs, stalledTransactionMs })
  const feed = new Feed(database, names)
  const models: PostgresReadModel[] = []
  /** What only a person can change is said as that while something is opened; later it may pass. */
  const opening = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work()
    } catch (error) {
      throw deniedError((error as Error).cause ?? error, database.where) ?? error
    }
  }
  try {
    await opening(() => createSchema(database, names))
    await opening(() => feed.open())
  } catch (error) {
    await database.close()
    throw error
  }
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    for (const model of models) model.close()
    await feed.close()
    await database.close()
  }
  return {
    isShared: true,
    hasTables: true,
    async open(name, version, migrations = []) {
      const { id } = await opening(() => openModel(database, names, name, version))
      const tables = migrations.length === 0 ? undefined : await opening(() => makeTables(database, names, { id, name, migrations }))
      const model = new PostgresReadModel(database, names, { id, name, cacheBytes, tables })
      models.push(model)
      feed.add(model)
      await model.open()
      return model
    },
    remove: (name, version) => removeModel(database, names, name, version),
    watch: (listener) => feed.watch(listener),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  }
}
