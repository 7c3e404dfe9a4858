import { closeSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { toFailure } from '../worker/failure.ts'
import { openTransactions, type Writer } from '../worker/writer.ts'
import { chunksIn } from './chunk.ts'

/** What the main thread asks of the log's worker. */
export type LogMessage =
  /** Chunks one behind the other, to be stored in one transaction, with the epoch where new owners are among them. */
  { readonly kind: 'append'; readonly bytes: ArrayBuffer; readonly epoch: number | undefined } | { readonly kind: 'close' }

/**
 * The WAL is copied back into the database when it has grown by about so much (a row dirties at least one page). Nothing
 * commits meanwhile: 4 MiB hold it up for 4 ms and cost 0.13 ms per commit; 16 MiB for 12 ms and 0.1 ms.
 */
const CHECKPOINT_BYTES = 4 * 1024 * 1024

export function openLogWriter(file: string): Writer {
  const transactions = openTransactions(file, 'FULL')
  const { database } = transactions
  const inserts = new Map<string, ReturnType<typeof database.prepare>>()
  const setEpoch = database.prepare(`UPDATE settings SET value = ? WHERE name = 'epoch'`)
  // The WAL exists now. SQLite syncs its directory too, but goes on where that fails.
  const directory = openSync(dirname(file), 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
  let sinceCheckpoint = 0
  /** The failure of a checkpoint: whoever comes next gets it. */
  let sick: Error | undefined

  function insertInto(table: string): ReturnType<typeof database.prepare> {
    const known = inserts.get(table)
    if (known !== undefined) return known
    const insert = database.prepare(`INSERT INTO ${table} (first, data) VALUES (?, ?)`)
    inserts.set(table, insert)
    return insert
  }

  return {
    get committing() {
      return transactions.committing
    },
    handle(received) {
      const message = received as LogMessage
      if (message.kind === 'close') {
        database.close()
        return
      }
      let rows = 0
      transactions.run(() => {
        if (sick !== undefined) throw sick
        for (const { table, partition, first, bytes } of chunksIn(Buffer.from(message.bytes))) {
          insertInto(`${table}_${partition}`).run(first, bytes)
          rows++
        }
        if (message.epoch !== undefined) setEpoch.run(message.epoch)
      })
      sinceCheckpoint += message.bytes.byteLength + rows * 4_096
    },
    afterReply() {
      if (sinceCheckpoint < CHECKPOINT_BYTES) return
      sinceCheckpoint = 0
      // What was committed stays in the WAL, so nothing is lost. A full disk is tried again; a sick one is not trusted.
      try {
        database.exec('PRAGMA wal_checkpoint(PASSIVE)')
      } catch (error) {
        sinceCheckpoint = CHECKPOINT_BYTES / 2
        if (toFailure(error, false).kind !== 'full') sick = error as Error
      }
    },
  }
}
