import type { MillraceError } from '@millrace/core'
import type { Client } from 'pg'
import type { Database } from '../database/database.ts'
import type { Names } from '../database/schema.ts'
import { awayError } from '../database/store-errors.ts'
import { ToldReader, type Told } from './told.ts'

/** How often it is asked whether anything was committed that was not told, in milliseconds. */
const POLL_MS = 1_000
/** An answer that takes longer than this, in milliseconds, means that the server is away, as far as anybody here can tell. */
const ANSWERS_WITHIN_MS = 1_500
/** How long before it is tried again to listen: doubles up to the last. */
const RETRY_MS = [50, 2_000] as const

/** One model that follows what is told. */
export interface Follower {
  readonly id: number
  told(told: Told): void
  /** There are so many commits; all that was to be told of them has been. */
  counted(commits: number): void
  /** The connection was lost: commits may have gone by untold, or be gone where the server has crashed. */
  missed(): void
}

/**
 * Hears of the commits of all instances, on a connection of its own, for all models that are open here; and so is the first to
 * know that the server is away, used or not.
 */
export class Feed {
  readonly #database: Database
  readonly #names: Names
  readonly #followers = new Map<number, Set<Follower>>()
  #client: Client | undefined
  #timer: NodeJS.Timeout | undefined
  #delayMs: number = RETRY_MS[0]
  #isPolling = false
  #isAway = false
  #isClosed = false
  readonly #watchers: ((trouble: MillraceError | undefined) => void)[] = []

  constructor(database: Database, names: Names) {
    this.#database = database
    this.#names = names
    // It may be that one alone.
    database.onLost(() => void this.#pollNow())
  }

  /** Calls `listener` when the server goes away, and when it is back. */
  watch(listener: (trouble: MillraceError | undefined) => void): void {
    this.#watchers.push(listener)
  }

  /** Resolves when it hears. */
  async open(): Promise<void> {
    await this.#listen()
  }

  add(follower: Follower): void {
    const followers = this.#followers.get(follower.id) ?? new Set()
    this.#followers.set(follower.id, followers.add(follower))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#client?.end().catch(() => undefined)
  }

  async #listen(): Promise<void> {
    const reader = new ToldReader()
    const onNotification = (payload: string): void => {
      const told = reader.read(payload)
      if (told !== undefined) for (const follower of this.#followers.get(told.model) ?? []) follower.told(told)
    }
    const client = await this.#database.listen(onNotification, (ended) => this.#lost(ended))
    try {
      await client.query(`LISTEN ${this.#names.channel}`)
    } catch (error) {
      void client.end().catch(() => undefined)
      throw error
    }
    if (this.#isClosed) {
      await client.end().catch(() => undefined)
      return
    }
    this.#client = client
    this.#delayMs = RETRY_MS[0]
    this.#found(undefined)
    this.#timer = setTimeout(() => void this.#pollNow(), POLL_MS)
  }

  /** A notification that was lost on its way, or a pooler that passes none on, costs no more than this. */
  async #pollNow(): Promise<void> {
    const client = this.#client
    if (client === undefined || this.#isPolling) return
    this.#isPolling = true
    clearTimeout(this.#timer)
    const late = setTimeout(() => {
      // What has come while this process was busy is read first.
      setImmediate(() => {
        if (client === this.#client && this.#isPolling) this.#found(awayError(this.#database.where))
      })
    }, ANSWERS_WITHIN_MS)
    try {
      const { rows } = await client.query<{ readonly id: number; readonly commits: string }>({
        name: 'millrace commits',
        text: `SELECT id, commits FROM ${this.#names.models} WHERE id = ANY ($1::int[])`,
        values: [[...this.#followers.keys()]],
      })
      for (const { id, commits } of rows) for (const follower of this.#followers.get(id) ?? []) follower.counted(Number(commits))
    } catch {
      this.#lost(client)
      return
    } finally {
      clearTimeout(late)
      this.#isPolling = false
    }
    if (client !== this.#client || this.#isClosed) return
    this.#found(undefined)
    this.#timer = setTimeout(() => void this.#pollNow(), POLL_MS)
  }

  #found(trouble: MillraceError | undefined): void {
    if (this.#isClosed || this.#isAway === (trouble !== undefined)) return
    this.#isAway = trouble !== undefined
    for (const tell of this.#watchers) tell(trouble)
  }

  #lost(client: Client): void {
    if (client !== this.#client || this.#isClosed) return
    this.#client = undefined
    clearTimeout(this.#timer)
    void client.end().catch(() => undefined)
    this.#retry()
  }

  #retry(): void {
    if (this.#isClosed) return
    this.#timer = setTimeout(() => {
      this.#listen().then(
        () => {
          for (const followers of this.#followers.values()) for (const follower of followers) follower.missed()
        },
        (error: unknown) => {
          this.#found(awayError(this.#database.where, error))
          this.#retry()
        },
      )
    }, this.#delayMs)
    this.#delayMs = Math.min(this.#delayMs * 2, RETRY_MS[1])
  }
}
