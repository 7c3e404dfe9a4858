import { Refused } from '../worker/failure.ts'
import { openTransactions, type Writer } from '../worker/writer.ts'
import { madeTables, migrate, type MadeTable } from './migrations.ts'
import { ModelWriter } from './model-writer.ts'
import { TheirStatements, type Cell } from './their-statements.ts'

/** What the main thread asks of the read store's worker. */
export type ReadStoreMessage =
  | { readonly kind: 'open'; readonly name: string; readonly version: string; readonly migrations: readonly string[] }
  | { readonly kind: 'remove'; readonly name: string; readonly version: string }
  | { readonly kind: 'commit'; readonly commits: readonly StoredCommit[] }
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'close' }

export interface OpenedModel {
  readonly id: number
  readonly epoch: number
  readonly checkpoint: string
  readonly tables: readonly MadeTable[]
}

/** A text is a document to put, `{ patch }` one to merge, null a deletion. */
export interface StoredCommit {
  readonly model: number
  readonly epoch: number
  readonly checkpoint: string
  readonly keys: readonly string[]
  readonly writes: readonly (string | { readonly patch: string } | null)[]
  /** The texts of its statements, each once, and each statement by the number of its text. */
  readonly texts: readonly string[]
  readonly statements: readonly { readonly text: number; readonly values: readonly Cell[] }[]
}

export interface CommitReply {
  /** For each commit: false where it was fenced. */
  readonly stored: readonly boolean[]
  /** True where the WAL has grown so much that a checkpoint is due. */
  readonly isCheckpointDue: boolean
}

const CHECKPOINT_BYTES = 8 * 1024 * 1024
/** What a statement writes beside its values, about. */
const STATEMENT_BYTES = 128

/** `prefix`: what the names of the store's own tables begin with. Where it is not empty, a model may have tables. */
export function openReadStoreWriter(file: string, prefix: string): Writer {
  // A power cut may lose the last commits, never part of one: what is lost is folded again from the log.
  const transactions = openTransactions(file, 'NORMAL')
  const { database } = transactions
  const openModel = database.prepare(
    `INSERT INTO ${prefix}models (name, version, epoch, checkpoint) VALUES (?, ?, 1, '')
     ON CONFLICT (name, version) DO UPDATE SET epoch = epoch + 1 RETURNING id, epoch, checkpoint`,
  )
  const removeModel = database.prepare(`DELETE FROM ${prefix}models WHERE name = ? AND version = ? RETURNING id`)
  const setCheckpoint = database.prepare(`UPDATE ${prefix}models SET checkpoint = ? WHERE id = ? AND epoch = ?`)
  const theirs = prefix === '' ? undefined : new TheirStatements(database, { mayWrite: true })
  const models = new Map<number, ModelWriter>()
  let sinceCheckpoint = 0

  const modelOf = (id: number): ModelWriter => {
    const model = models.get(id) ?? new ModelWriter(database, prefix, id)
    models.set(id, model)
    return model
  }

  function store(commit: StoredCommit, place: number): boolean {
    if (setCheckpoint.run(commit.checkpoint, commit.model, commit.epoch).changes === 0) return false
    const model = modelOf(commit.model)
    for (const [at, key] of commit.keys.entries()) sinceCheckpoint += model.write(key, commit.writes[at] ?? null)
    for (const [at, { text, values }] of commit.statements.entries()) {
      try {
        theirs?.run(commit.texts[text] ?? '', values)
      } catch (error) {
        throw error instanceof Refused ? new Refused(error.message, { commit: place, statement: at }) : error
      }
      sinceCheckpoint += values.reduce<number>((sum, value) => sum + sizeOf(value), STATEMENT_BYTES)
    }
    return true
  }

  return {
    get committing() {
      return transactions.committing
    },
    handle(received) {
      const message = received as ReadStoreMessage
      switch (message.kind) {
        case 'open':
          return transactions.run(() => {
            const opened = openModel.get(message.name, message.version) as unknown as Omit<OpenedModel, 'tables'>
            database.exec(`CREATE TABLE IF NOT EXISTS ${prefix}documents_${opened.id} (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, base TEXT NOT NULL) STRICT;
              CREATE TABLE IF NOT EXISTS ${prefix}patches_${opened.id} (document INTEGER NOT NULL, number INTEGER NOT NULL, patch TEXT NOT NULL, PRIMARY KEY (document, number)) STRICT, WITHOUT ROWID`)
            models.delete(opened.id) // others may have written it since
            if (theirs === undefined) return { ...opened, tables: [] } satisfies OpenedModel
            migrate(database, theirs, message.migrations)
            return { ...opened, tables: madeTables(database) } satisfies OpenedModel
          })
        case 'remove':
          transactions.run(() => {
            const removed = removeModel.get(message.name, message.version) as { readonly id: number } | undefined
            if (removed === undefined) return
            models.delete(removed.id)
            database.exec(`DROP TABLE ${prefix}documents_${removed.id}; DROP TABLE ${prefix}patches_${removed.id}`)
          })
          return undefined
        case 'commit': {
          let stored: readonly boolean[]
          try {
            stored = transactions.run(() => message.commits.map(store))
          } catch (error) {
            models.clear() // what they remember of the database was rolled back
            throw error
          }
          return { stored, isCheckpointDue: sinceCheckpoint > CHECKPOINT_BYTES } satisfies CommitReply
        }
        case 'checkpoint':
          sinceCheckpoint = 0
          database.exec('PRAGMA wal_checkpoint(RESTART)')
          return undefined
        case 'close':
          database.close()
          return undefined
      }
    },
    afterReply() {
      // Checkpoints are asked for: a reader's snapshot would keep them from starting the WAL anew.
    },
  }
}

const sizeOf = (value: Cell): number => (typeof value === 'string' || value instanceof Uint8Array ? value.length : 8)
