/**
 * Where one request or answer ends and the next begins, in what passes by: Kafka's protocol guide, "Protocol Primitives".
 * A request begins with int32 size, int16 API key, int16 version, int32 correlation id; an answer with int32 size, int32
 * correlation id.
 */
const SIZE_BYTES = 4
const REQUEST_HEAD = 12
const ANSWER_HEAD = 8
/** What claims to be larger, in bytes, is no frame: something else is spoken here, such as TLS. */
const MAX_FRAME = 256 * 1024 * 1024

export interface RequestHead {
  readonly apiKey: number
  readonly correlationId: number
}

/** Told of all bytes of requests in the order they pass, calls `onRequest` for each that begins. */
export function watchRequests(onRequest: (head: RequestHead) => void): (chunk: Buffer) => void {
  const frames = new Frames(REQUEST_HEAD, (head) => {
    onRequest({ apiKey: head.readInt16BE(4), correlationId: head.readInt32BE(8) })
    return true
  })
  return (chunk) => void frames.pass(chunk)
}

/**
 * Given the bytes of answers, gives back those that may go on. The first answer for which `mayPass` says no is the end:
 * nothing of it nor after it goes on.
 */
export function filterAnswers(
  mayPass: (correlationId: number) => boolean,
): (chunk: Buffer) => { readonly passed: Buffer; readonly isOver: boolean } {
  const frames = new Frames(ANSWER_HEAD, (head) => mayPass(head.readInt32BE(4)))
  return (chunk) => {
    const passed = frames.pass(chunk)
    return { passed, isOver: frames.isOver }
  }
}

class Frames {
  isOver = false
  readonly #headBytes: number
  readonly #onHead: (head: Buffer) => boolean
  /** The beginning of a head whose rest has not come. */
  #head = Buffer.alloc(0)
  /** Bytes to come of the frame that is passing. */
  #rest = 0
  #isOpaque = false

  constructor(headBytes: number, onHead: (head: Buffer) => boolean) {
    this.#headBytes = headBytes
    this.#onHead = onHead
  }

  pass(chunk: Buffer): Buffer {
    if (this.#isOpaque) return chunk
    const bytes = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk])
    this.#head = Buffer.alloc(0)
    let at = 0
    while (at < bytes.length && !this.isOver) {
      if (this.#rest > 0) {
        const some = Math.min(this.#rest, bytes.length - at)
        this.#rest -= some
        at += some
      } else if (bytes.length - at < this.#headBytes) {
        this.#head = Buffer.from(bytes.subarray(at))
        return bytes.subarray(0, at)
      } else {
        const size = bytes.readInt32BE(at)
        if (size < this.#headBytes - SIZE_BYTES || size > MAX_FRAME) {
          this.#isOpaque = true
          return bytes
        }
        if (this.#onHead(bytes.subarray(at, at + this.#headBytes))) this.#rest = SIZE_BYTES + size
        else this.isOver = true
      }
    }
    return bytes.subarray(0, at)
  }
}
