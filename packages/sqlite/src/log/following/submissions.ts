import { MillraceError, type ErrorCode, type NewCommand, type StoredCommand } from '@millrace/core'
import type { Socket } from 'node:net'
import { ByteWriter } from '../bytes.ts'
import { ChunkWriter, MAX_CHUNK_CHARACTERS } from '../chunk.ts'
import { writeCommands } from '../records.ts'
import { MAX_FRAME_BYTES, writeFrame, type Answer, type Trouble } from './frames.ts'

interface Submission {
  /** Its `offset` is this follower's number for it, one after the other in its partition: so they go as a chunk does. */
  readonly command: StoredCommand
  resolve(offset: number): void
  reject(error: Error): void
}

interface Lane {
  next: number
  readonly waiting: Submission[]
  /** By number. */
  readonly sent: Map<number, Submission>
}

/** The commands that a follower passes on to the owner: those of one turn of the event loop go together. */
export class Submissions {
  readonly #lanes: readonly Lane[]
  readonly #output = new ByteWriter(65_536)
  readonly #chunk = new ChunkWriter()

  constructor(partitions: number) {
    this.#lanes = Array.from({ length: partitions }, () => ({ next: 0, waiting: [], sent: new Map() }))
  }

  /** Those sent, or about to be, that have no answer yet. */
  get isEmpty(): boolean {
    return this.#lanes.every(({ waiting, sent }) => waiting.length === 0 && sent.size === 0)
  }

  add(partition: number, { id, type, key, timeMs, data, traceparent }: NewCommand): Promise<number> {
    const lane = this.#lanes[partition]
    if (lane === undefined) throw new TypeError(`partition: expected 0 to ${this.#lanes.length - 1}, got ${partition}`)
    return new Promise((resolve, reject) => {
      const command = { offset: lane.next++, id, type, key, timeMs, data, traceparent }
      lane.waiting.push({ command, resolve, reject })
    })
  }

  send(socket: Socket): void {
    socket.cork()
    for (const [partition, lane] of this.#lanes.entries()) {
      const waiting = lane.waiting.splice(0)
      for (let from = 0; from < waiting.length;) {
        const to = chunkEnd(waiting, from)
        this.#sendChunk(socket, partition, waiting.slice(from, to))
        from = to
      }
    }
    socket.uncork()
  }

  answer(answers: readonly Answer[]): void {
    for (const [partition, number, result] of answers) {
      const sent = this.#lanes[partition]?.sent
      const submission = sent?.get(number)
      sent?.delete(number)
      if (typeof result === 'number') submission?.resolve(result)
      else submission?.reject(toError(result))
    }
  }

  /** Nothing is answered any more: what was not sent is not stored, of what was nobody knows. */
  fail(unsent: (partition: number) => MillraceError, sent: (partition: number) => MillraceError): void {
    for (const [partition, lane] of this.#lanes.entries()) {
      for (const { reject } of lane.sent.values()) reject(sent(partition))
      lane.sent.clear()
      for (const { reject } of lane.waiting.splice(0)) reject(unsent(partition))
    }
  }

  #sendChunk(socket: Socket, partition: number, submissions: readonly Submission[]): void {
    const commands = submissions.map(({ command }) => command)
    const first = commands[0]?.offset ?? 0
    this.#output.length = 0
    writeCommands(this.#chunk, commands)
    this.#chunk.finish(this.#output, 'commands', { partition, first, count: commands.length })
    const { bytes, length } = this.#output
    if (length > MAX_FRAME_BYTES - 64) {
      const message = `a command of ${length} bytes is too large to be passed on to the process that owns the log: it takes ${MAX_FRAME_BYTES - 64}`
      for (const { reject } of submissions) reject(new MillraceError('COMMAND_INVALID', message, { at: { partition } }))
      return
    }
    const sent = this.#lanes[partition]?.sent
    for (const submission of submissions) sent?.set(submission.command.offset, submission)
    writeFrame(socket, 'commands', Buffer.from(bytes.subarray(0, length)))
  }
}

/** One that is larger than a chunk may be goes alone. */
function chunkEnd(submissions: readonly Submission[], from: number): number {
  let characters = submissions[from]?.command.data.length ?? 0
  let to = from + 1
  for (; to < submissions.length; to++) {
    characters += submissions[to]?.command.data.length ?? 0
    if (characters > MAX_CHUNK_CHARACTERS) break
  }
  return to
}

/** The owner's error, as if it had happened here. The release is the same, so its codes are. */
export const toError = ({ code, message, at }: Trouble): MillraceError => new MillraceError(code as ErrorCode, message, { at })
