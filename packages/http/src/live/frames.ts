import type { Change } from '@millrace/core'
import type { Socket } from 'node:net'

interface Frame {
  readonly head: string
  readonly bytes: Buffer
  /** Where the data begins. */
  readonly dataAt: number
}

export interface Written {
  /** The socket wants more; else it says so with `drain`. */
  readonly isTaken: boolean
  /** What is to be written then. */
  readonly rest: Buffer | undefined
}

/** What is written at once. Of a larger frame the rest waits, so that one who reads slowly is seen to read. */
const PIECE_BYTES = 65_536

/** The encodings of changes: one for all who are given the same; only the head before the data may differ. */
export class Frames {
  readonly #frames = new WeakMap<Change, Frame>()

  /** `head`: the lines before the data, each with its end.  */
  write(socket: Socket, head: string, change: Change): Written {
    let frame = this.#frames.get(change)
    if (frame === undefined) {
      frame = { head, bytes: Buffer.from(`${head}data: ${change.json}\n\n`), dataAt: Buffer.byteLength(head) }
      this.#frames.set(change, frame)
    }
    if (frame.head === head) return writePieces(socket, frame.bytes)
    socket.cork()
    socket.write(head)
    const written = writePieces(socket, frame.bytes.subarray(frame.dataAt))
    socket.uncork()
    return written
  }
}

/** Writes pieces as long as the socket takes them. */
export function writePieces(socket: Socket, bytes: Buffer): Written {
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(at + PIECE_BYTES, bytes.length)
    if (!socket.write(bytes.subarray(at, end))) return { isTaken: false, rest: end < bytes.length ? bytes.subarray(end) : undefined }
    at = end
  }
  return { isTaken: true, rest: undefined }
}
