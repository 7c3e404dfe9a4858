import type { Client } from 'pg'
import type { Database } from '../database/database.ts'
import type { Names } from '../database/schema.ts'
import { ToldReader, type Told } from './told.ts'

/** How often it is asked whether anything was committed that was not told, in milliseconds. */
const POLL_MS = 1_000
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

/** Hears of the commits of all instances, on a connection of its own, for all models that are open here. */
export class Feed {
  readonly #database: Database
  readonly #names: Names
  readonly #followers = new Map<number, Set<Follower>>()
  #client: Client | undefined
  #timer: NodeJS.Timeout | undefined
  #delayMs: number = RETRY_MS[0]
  #isClosed = false

  constructor(database: Database, names: Names) {
    this.#database = database
    this.#names = names
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
    this.#timer = setTimeout(() => void this.#poll(client), POLL_MS)
  }

  /** A notification that was lost on its way, or a pooler that passes none on, costs no more than this. */
  async #poll(client: Client): Promise<void> {
    try {
      const { rows } = await client.query<{ readonly id: number; readonly commits: string }>({
        name: 'millrace commits',
        text: `SELECT id, commits FROM ${this.#names.models} WHERE id = ANY ($1::int[])`,
        values: [[...this.#followers.keys()]],
      })
      for (const { id, commits } of rows) for (const follower of this.#followers.get(id) ?? []) follower.counted(Number(commits))
      if (client === this.#client && !this.#isClosed) this.#timer = setTimeout(() => void this.#poll(client), POLL_MS)
    } catch {
      this.#lost(client)
    }
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
        () => this.#retry(),
      )
    }, this.#delayMs)
    this.#delayMs = Math.min(this.#delayMs * 2, RETRY_MS[1])
  }
}
