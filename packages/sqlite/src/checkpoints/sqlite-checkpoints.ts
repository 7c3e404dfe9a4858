import { MillraceError, type ShardCheckpoint, type ShardCheckpoints } from '@millrace/core'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { deserialize, serialize } from 'node:v8'
import { crc32 } from 'node:zlib'
import type { Lock } from '../lock.ts'
import { toKeyBytes } from '../key-bytes.ts'
import type { DatabaseWorker } from '../worker/database-worker.ts'
import { DatabaseFailure, toFailure, type Failure } from '../worker/failure.ts'
import type { CheckpointsMessage } from './checkpoints-writer.ts'

type Checkpoint = Parameters<ShardCheckpoints['save']>[2]

interface StoredValue {
  readonly value: Uint8Array
  readonly crc: number
}

/** The `ShardCheckpoints` of one directory: the worker writes, loads are point reads on the main thread. */
export class SqliteCheckpoints implements ShardCheckpoints {
  readonly #file: string
  readonly #worker: DatabaseWorker
  readonly #lock: Lock
  readonly #database: DatabaseSync
  readonly #find: StatementSync
  readonly #load: StatementSync
  #saving: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined

  constructor(file: string, worker: DatabaseWorker, lock: Lock) {
    this.#file = file
    this.#worker = worker
    this.#lock = lock
    this.#database = new DatabaseSync(file, { readOnly: true, timeout: 1_000 })
    this.#find = this.#database.prepare('SELECT next, summary AS value, crc FROM checkpoints WHERE partition = ? AND version = ?')
    this.#load = this.#database.prepare('SELECT value, crc FROM states WHERE partition = ? AND name = ?')
  }

  async open(partition: number, version: string): Promise<ShardCheckpoint | undefined> {
    this.#check()
    await this.#saving.catch(() => undefined)
    this.#check()
    const found = this.#reading(() => this.#find.get(partition, version)) as (StoredValue & { readonly next: number }) | undefined
    if (found === undefined) return undefined
    return {
      next: found.next,
      summary: this.#value(found),
      load: (name) => {
        const state = this.#reading(() => this.#load.get(partition, toKeyBytes(name))) as StoredValue | undefined
        return state === undefined ? undefined : this.#value(state)
      },
    }
  }

  save(partition: number, version: string, { next, summary, states }: Checkpoint): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#check()
      const parts = [serialize(summary)]
      const names: Uint8Array[] = []
      const ends: number[] = []
      let end = parts[0]?.length ?? 0
      const summaryEnd = end
      for (const [name, state] of states) {
        names.push(toKeyBytes(name))
        if (state !== null) {
          const part = serialize(state)
          parts.push(part)
          end += part.length
        }
        ends.push(state === null ? -1 : end)
      }
      const bytes = new ArrayBuffer(end)
      let at = 0
      for (const part of parts) {
        new Uint8Array(bytes).set(part, at)
        at += part.length
      }
      const saved = this.#worker.call(
        { kind: 'save', partition, version, next, bytes, summaryEnd, names, ends } satisfies CheckpointsMessage,
        [bytes],
      )
      this.#saving = saved
      saved.then(
        () => resolve(),
        (error: unknown) => reject(error instanceof DatabaseFailure ? toCheckpointsError(error.failure, this.#file) : (error as Error)),
      )
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    await this.#saving.catch(() => undefined)
    this.#database.close()
    try {
      await this.#worker.call({ kind: 'close' } satisfies CheckpointsMessage)
    } catch {
      // What failed was tidying up.
    }
    await this.#worker.terminate()
    this.#lock.release()
  }

  #value({ value, crc }: StoredValue): unknown {
    if (crc32(value) !== crc) throw damagedError(this.#file, 'a state does not match its checksum')
    return deserialize(value)
  }

  #reading<Result>(read: () => Result): Result {
    this.#check()
    try {
      return read()
    } catch (error) {
      throw toCheckpointsError(toFailure(error, false), this.#file)
    }
  }

  #check(): void {
    if (this.#closing !== undefined) throw new MillraceError('STORE_UNAVAILABLE', 'the checkpoints are closed')
  }
}

const damagedError = (file: string, what: string): MillraceError =>
  new MillraceError(
    'STORE_DAMAGED',
    `${file}: ${what}. Stop, delete it and what begins with its name, and start again: the log has it all.`,
    { at: { file } },
  )

export function toCheckpointsError(failure: Failure, file: string): MillraceError {
  const options = { at: { file }, cause: new DatabaseFailure(failure) }
  if (failure.kind === 'damaged') return damagedError(file, failure.message)
  if (failure.kind === 'full')
    return new MillraceError('STORE_FULL', `no room for ${file}: nothing was stored. Make room on its disk.`, options)
  return new MillraceError('STORE_UNAVAILABLE', `${file} can't be used: ${failure.message}`, options)
}
