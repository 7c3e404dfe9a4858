import { MillraceError, type NewCommand, type StoredCommand } from '@millrace/core'
import type { Socket } from 'node:net'
import { ChunkReader } from '../chunk.ts'
import { readCommands } from '../records.ts'
import { FrameReader, MAX_FRAME_BYTES, PROTOCOL, writeFrame, writeJson, type Answer, type Hello, type Trouble } from './frames.ts'

/** The log as its followers need it. */
export interface Followed {
  readonly identity: string
  readonly partitions: number
  /** The offset after the last durable event of each partition. */
  durable(): readonly number[]
  trouble(): MillraceError | undefined
  submit(partition: number, command: NewCommand): Promise<number>
}

/** A follower that leaves so many bytes unread is told only how far the log is, until it has read them. */
export const MAX_BACKLOG_BYTES: number = 4 * 1024 * 1024

const MAX_HELLO_BYTES = 256

/** Who connects must say hello within this time. */
const HELLO_MS = 5_000

/** The owner's side of one follower. */
export class FollowerConnection {
  readonly #socket: Socket
  readonly #log: Followed
  readonly #refusal: string | undefined
  readonly #frames = new FrameReader(MAX_HELLO_BYTES)
  #isWelcome = false
  /** Not all was sent: once it has read what was, it is told how far the log is. */
  #isBehind = false
  #trouble = ''
  #answers: Answer[] = []

  /** `refusal`: why it is to be told no, once it has said hello. */
  constructor(socket: Socket, log: Followed, refusal?: string) {
    this.#socket = socket
    this.#log = log
    this.#refusal = refusal
    socket.unref() // nobody's following keeps this process alive
    socket.setTimeout(HELLO_MS, () => socket.destroy())
    socket.on('error', () => {}) // 'close' follows
    socket.on('drain', () => this.#onDrain())
    socket.on('data', (data) => {
      try {
        for (const { kind, body } of this.#frames.take(data)) this.#take(kind, body)
        // It sends, but does not read: what it is answered has to go somewhere.
        if (socket.writableLength > 2 * MAX_BACKLOG_BYTES) socket.pause()
      } catch {
        socket.destroy() // it is no follower, or one that has lost its way: it may connect again
      }
    })
  }

  /** Tells of chunks of events that have become durable. */
  publish(chunks: readonly Buffer[]): void {
    if (!this.#isWelcome || this.#isBehind) return
    const socket = this.#socket
    socket.cork()
    for (const chunk of chunks) {
      if (socket.writableLength + chunk.length > MAX_BACKLOG_BYTES) {
        this.#isBehind = true
        break
      }
      writeFrame(socket, 'events', chunk)
    }
    socket.uncork()
    if (this.#isBehind && !socket.writableNeedDrain) this.#catchUp()
  }

  /** Tells how far the log is, where its chunks are not at hand. */
  publishEnds(): void {
    if (this.#isWelcome && !this.#isBehind) this.#catchUp()
  }

  publishTrouble(): void {
    if (!this.#isWelcome) return
    const trouble = toTrouble(this.#log.trouble())
    const text = JSON.stringify(trouble)
    if (text === this.#trouble) return
    this.#trouble = text
    writeJson(this.#socket, 'trouble', trouble)
  }

  /** What has been written is sent, as far as it takes it within `limitMs`. */
  async end(limitMs: number): Promise<void> {
    const socket = this.#socket
    if (socket.destroyed) return
    const closed = new Promise((resolve) => socket.once('close', resolve))
    const timer = setTimeout(() => socket.destroy(), limitMs)
    this.#sendAnswers()
    socket.end(() => socket.destroy())
    await closed
    clearTimeout(timer)
  }

  #catchUp(): void {
    this.#isBehind = false
    writeJson(this.#socket, 'ends', this.#log.durable())
  }

  #onDrain(): void {
    if (this.#isBehind) this.#catchUp()
    if (this.#socket.isPaused()) this.#socket.resume()
  }

  #take(kind: string, body: Buffer): void {
    if (!this.#isWelcome) this.#greet(kind, body)
    else if (kind === 'commands') this.#submitAll(body)
    else if (kind === 'ask') writeJson(this.#socket, 'asked', this.#log.durable())
    else throw new Error(`a follower does not say ${kind}`)
  }

  #greet(kind: string, body: Buffer): void {
    const { millrace, protocol } = JSON.parse(body.toString()) as Partial<Hello>
    if (kind !== 'hello' || millrace !== 'log') throw new Error('it does not say hello')
    const otherProtocol = `the owner speaks protocol ${PROTOCOL}, the follower ${protocol}: run both with the same release`
    const refusal = protocol === PROTOCOL ? this.#refusal : otherProtocol
    if (refusal !== undefined) {
      writeJson(this.#socket, 'refused', refusal)
      this.#socket.end()
      return
    }
    this.#isWelcome = true
    this.#frames.maxBytes = MAX_FRAME_BYTES
    this.#socket.setTimeout(0)
    const { identity, partitions } = this.#log
    const trouble = toTrouble(this.#log.trouble())
    this.#trouble = JSON.stringify(trouble)
    writeJson(this.#socket, 'welcome', { identity, partitions, ends: this.#log.durable(), trouble })
  }

  #submitAll(bytes: Buffer): void {
    const partition = bytes.readUInt32LE(8)
    if (partition >= this.#log.partitions) throw new Error(`there is no partition ${partition}`)
    const chunk = ChunkReader.open(bytes, 'commands', partition)
    if (typeof chunk === 'string') throw new Error(chunk)
    const commands: StoredCommand[] = []
    readCommands(chunk, commands)
    if (!chunk.isDone) throw new Error('its content does not add up')
    for (const command of commands) {
      this.#log.submit(partition, command).then(
        (offset) => this.#answer([partition, command.offset, offset]),
        (error: unknown) => this.#answer([partition, command.offset, toTrouble(error as Error)]),
      )
    }
  }

  /** A group's commands become durable at once: their answers go together, when the last of them has come. */
  #answer(answer: Answer): void {
    if (this.#answers.push(answer) === 1) queueMicrotask(() => this.#sendAnswers())
  }

  #sendAnswers(): void {
    if (this.#answers.length === 0) return
    const answers = this.#answers
    this.#answers = []
    if (this.#socket.writable) writeJson(this.#socket, 'answers', answers)
  }
}

/** To a follower, a log that its owner closes is away: its own is open. */
function toTrouble(error: Error): Trouble
function toTrouble(error: Error | undefined): Trouble | null
function toTrouble(error: Error | undefined): Trouble | null {
  if (error === undefined) return null
  if (!(error instanceof MillraceError)) return { code: 'LOG_UNAVAILABLE', message: `this was not stored: ${error.message}`, at: {} }
  const { code, message, at } = error
  return code === 'LOG_CLOSED' ? { code: 'LOG_UNAVAILABLE', message: 'the process that owns the log is ending', at } : { code, message, at }
}
