import { openTransactions, type Writer } from '../worker/writer.ts'
import { ModelWriter } from './model-writer.ts'

/** What the main thread asks of the read store's worker. */
export type ReadStoreMessage =
  | { readonly kind: 'open'; readonly name: string; readonly version: string }
  | { readonly kind: 'remove'; readonly name: string; readonly version: string }
  | { readonly kind: 'commit'; readonly commits: readonly StoredCommit[] }
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'close' }

export interface OpenedModel {
  readonly id: number
  readonly epoch: number
  readonly checkpoint: string
}

/** A text is a document to put, `{ patch }` one to merge, null a deletion. */
export interface StoredCommit {
  readonly model: number
  readonly epoch: number
  readonly checkpoint: string
  readonly keys: readonly string[]
  readonly writes: readonly (string | { readonly patch: string } | null)[]
}

export interface CommitReply {
  /** For each commit: false where it was fenced. */
  readonly stored: readonly boolean[]
  /** True where the WAL has grown so much that a checkpoint is due. */
  readonly isCheckpointDue: boolean
}

const CHECKPOINT_BYTES = 8 * 1024 * 1024

export function openReadStoreWriter(file: string): Writer {
  // A power cut may lose the last commits, never part of one: what is lost is folded again from the log.
  const transactions = openTransactions(file, 'NORMAL')
  const { database } = transactions
  const openModel = database.prepare(
    `INSERT INTO models (name, version, epoch, checkpoint) VALUES (?, ?, 1, '')
     ON CONFLICT (name, version) DO UPDATE SET epoch = epoch + 1 RETURNING id, epoch, checkpoint`,
  )
  const removeModel = database.prepare('DELETE FROM models WHERE name = ? AND version = ? RETURNING id')
  const setCheckpoint = database.prepare('UPDATE models SET checkpoint = ? WHERE id = ? AND epoch = ?')
  const models = new Map<number, ModelWriter>()
  let sinceCheckpoint = 0

  const modelOf = (id: number): ModelWriter => {
    const model = models.get(id) ?? new ModelWriter(database, id)
    models.set(id, model)
    return model
  }

  function store(commit: StoredCommit): boolean {
    if (setCheckpoint.run(commit.checkpoint, commit.model, commit.epoch).changes === 0) return false
    const model = modelOf(commit.model)
    for (const [at, key] of commit.keys.entries()) sinceCheckpoint += model.write(key, commit.writes[at] ?? null)
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
            const opened = openModel.get(message.name, message.version) as unknown as OpenedModel
            database.exec(`CREATE TABLE IF NOT EXISTS documents_${opened.id} (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, base TEXT NOT NULL) STRICT;
              CREATE TABLE IF NOT EXISTS patches_${opened.id} (document INTEGER NOT NULL, number INTEGER NOT NULL, patch TEXT NOT NULL, PRIMARY KEY (document, number)) STRICT, WITHOUT ROWID`)
            models.delete(opened.id) // others may have written it since
            return { ...opened }
          })
        case 'remove':
          transactions.run(() => {
            const removed = removeModel.get(message.name, message.version) as { readonly id: number } | undefined
            if (removed === undefined) return
            models.delete(removed.id)
            database.exec(`DROP TABLE documents_${removed.id}; DROP TABLE patches_${removed.id}`)
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
