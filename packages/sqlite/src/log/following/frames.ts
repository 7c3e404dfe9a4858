import type { Socket } from 'node:net'

/**
 * What the owner of a log and its followers say to each other over a local socket, in frames. Little-endian:
 *
 *     0  u32  length of what follows      4  u8  kind      5  body
 *
 * | kind     | from     | body                                                                                  |
 * |----------|----------|---------------------------------------------------------------------------------------|
 * | hello    | follower | JSON `Hello`. The first frame; answered by `welcome`, or by `refused` and the end     |
 * | welcome  | owner    | JSON `Welcome`: from its `ends` on, all is told                                       |
 * | refused  | owner    | JSON text: why                                                                        |
 * | events   | owner    | a chunk of events as the database has it (see `chunk.ts`), durable                    |
 * | ends     | owner    | JSON: the offset after the last durable event of each partition. What is before them, |
 * |          |          | and was not sent, is in the database                                                  |
 * | ask      | follower | nothing: asks for `asked`                                                             |
 * | asked    | owner    | as `ends`, once for each `ask`, in their order                                        |
 * | trouble  | owner    | JSON `Trouble` or null, whenever it has changed                                       |
 * | commands | follower | a chunk of commands of one partition; offsets are the follower's own numbers for them |
 * | answers  | owner    | JSON `Answer[]`, in any order                                                         |
 */
const kinds = ['hello', 'welcome', 'refused', 'events', 'ends', 'ask', 'asked', 'trouble', 'commands', 'answers'] as const

type FrameKind = (typeof kinds)[number]

/** Raised with every change that the other side would not understand. */
export const PROTOCOL = 1

/** A frame takes at most so many bytes. The owner's never come near it; of a follower's, only a command as large would. */
export const MAX_FRAME_BYTES: number = 64 * 1024 * 1024

const HEADER_BYTES = 5

export interface Hello {
  readonly millrace: 'log'
  readonly protocol: number
}

export interface Welcome {
  readonly identity: string
  readonly partitions: number
  readonly ends: readonly number[]
  readonly trouble: Trouble | null
}

/** A `MillraceError` on its way. */
export interface Trouble {
  readonly code: string
  readonly message: string
  readonly at: Readonly<Record<string, string | number>>
}

/** Which command, by its partition and number there, and its offset once durable, or why it has none. */
export type Answer = readonly [partition: number, number: number, result: number | Trouble]

interface Frame {
  readonly kind: FrameKind
  readonly body: Buffer
}

/** `body` must stay as it is until it has been sent. */
export function writeFrame(socket: Socket, kind: FrameKind, body: Uint8Array): void {
  const header = Buffer.allocUnsafe(HEADER_BYTES)
  header.writeUInt32LE(body.byteLength + 1)
  header[4] = kinds.indexOf(kind)
  socket.cork()
  socket.write(header)
  socket.write(body)
  socket.uncork()
}

export const writeJson = (
  socket: Socket,
  kind: FrameKind,
  body: Hello | Welcome | Trouble | readonly Answer[] | readonly number[] | string | null,
): void => writeFrame(socket, kind, Buffer.from(JSON.stringify(body)))

/** Puts frames together again, however they were cut up on their way. */
export class FrameReader {
  maxBytes: number
  #parts: Buffer[] = []
  #length = 0
  /** With fewer bytes there is no whole frame. */
  #needed = HEADER_BYTES

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** Throws where what came is no frame, or a larger one than may be: there is no going on after that. */
  *take(data: Buffer): Generator<Frame> {
    this.#parts.push(data)
    this.#length += data.length
    if (this.#length < this.#needed) return
    let rest = this.#parts.length === 1 ? data : Buffer.concat(this.#parts)
    this.#needed = HEADER_BYTES
    while (rest.length >= HEADER_BYTES) {
      const end = 4 + rest.readUInt32LE()
      const kind = kinds[rest[4] ?? 0xff]
      if (kind === undefined || end < HEADER_BYTES || end > this.maxBytes) throw new Error(`no frame: kind ${rest[4]}, ${end} bytes`)
      this.#needed = end
      if (rest.length < end) break
      const body = rest.subarray(HEADER_BYTES, end)
      rest = rest.subarray(end)
      this.#needed = HEADER_BYTES
      yield { kind, body }
    }
    this.#parts = [rest]
    this.#length = rest.length
  }
}
