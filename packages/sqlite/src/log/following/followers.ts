import { rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { chunksIn } from '../chunk.ts'
import { FollowerConnection, type Followed } from './follower-connection.ts'
import { listenAt, noteBeside, removeSocket, socketPath } from './socket-path.ts'

/** More are told so. */
export const MAX_FOLLOWERS = 64
const FULL = `${MAX_FOLLOWERS} processes follow this log already, which is the limit: end one of them`

/** Followers get what has been written for them within this time, once the log is being closed. */
const END_MS = 1_000

/** Those who follow this log from other processes, and the socket at which they come. */
export class Followers {
  readonly #log: Followed
  readonly #connections = new Set<FollowerConnection>()
  #server: Server | undefined
  #path = ''

  constructor(log: Followed) {
    this.#log = log
  }

  /** Whether anybody is there: to nobody, nothing need be told. */
  get areThere(): boolean {
    return this.#connections.size > 0
  }

  /** Never fails: a log that cannot be followed works all the same. Says so to this process, and to whoever would follow. */
  async listen(directory: string): Promise<void> {
    const server = createServer((socket) => {
      const connection = new FollowerConnection(socket, this.#log, this.#connections.size < MAX_FOLLOWERS ? undefined : FULL)
      this.#connections.add(connection)
      socket.once('close', () => this.#connections.delete(connection))
    })
    server.maxConnections = 2 * MAX_FOLLOWERS
    server.unref()
    const note = noteBeside(directory)
    try {
      const path = socketPath(directory)
      await listenAt(server, path)
      server.on('error', () => {}) // a connection that could not be accepted: it is tried again
      this.#server = server
      this.#path = path
      rmSync(note, { force: true })
    } catch (error) {
      server.close()
      const { message } = error as Error
      process.emitWarning(`no other process can follow the log in ${directory}: ${message}`, { code: 'LOG_NOT_FOLLOWED' })
      try {
        writeFileSync(note, message)
      } catch {
        // Then whoever would follow learns only that nobody listens.
      }
    }
  }

  /** Tells of a group of chunks that has become durable; undefined where nobody was there when it was encoded. */
  publish(group: Buffer | undefined): void {
    if (!this.areThere) return
    if (group === undefined) {
      for (const connection of this.#connections) connection.publishEnds()
      return
    }
    const chunks: Buffer[] = []
    for (const { table, bytes } of chunksIn(group)) if (table === 'events') chunks.push(bytes)
    if (chunks.length > 0) for (const connection of this.#connections) connection.publish(chunks)
  }

  /** To be called wherever the log's trouble may have become another. */
  publishTrouble(): void {
    for (const connection of this.#connections) connection.publishTrouble()
  }

  async close(): Promise<void> {
    this.#server?.close()
    if (this.#server !== undefined) removeSocket(this.#path)
    await Promise.all(Array.from(this.#connections, (connection) => connection.end(END_MS)))
  }
}
