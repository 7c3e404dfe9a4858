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

const TAKEN: Written = { isTaken: true, rest: undefined }
/** What is written at once. Of a larger frame the rest waits, so that one who reads slowly is seen to read. */
const PIECE_BYTES = 65_536

/** The encodings of changes: one for all who are given the same; only the head before the data may differ. */
export class Frames {
  readonly #frames = new WeakMap<Change, Frame>()
  /** Most clients are told the same, one after the other. */
  #last: { readonly id: string; readonly at: number | undefined; readonly kind: string; readonly head: string } | undefined

  /** The lines before the data of an event of the watch `at`; of the only one where that is undefined. */
  head(id: string, at: number | undefined, { kind }: Change): string {
    const last = this.#last
    if (last?.id === id && last.at === at && last.kind === kind) return last.head
    const head = `id: ${id}\nevent: ${at === undefined ? '' : `${at}.`}${kind}\n`
    this.#last = { id, at, kind, head }
    return head
  }

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
  let rest = bytes
  for (; rest.length > PIECE_BYTES; rest = rest.subarray(PIECE_BYTES))
    if (!socket.write(rest.subarray(0, PIECE_BYTES))) return { isTaken: false, rest: rest.subarray(PIECE_BYTES) }
  return socket.write(rest) ? TAKEN : { isTaken: false, rest: undefined }
}
