/**
 * A buffer that grows, written from left to right. Kafka's records are made of varints and texts prefixed by their
 * length in bytes, which is known only once they are written: each prefix is guessed by size, and mended where the guess
 * was wrong.
 */
export class ByteWriter {
  bytes: Buffer
  at = 0

  constructor(size: number = 64 * 1024) {
    this.bytes = Buffer.allocUnsafe(size)
  }

  /** Makes room for `more` bytes. */
  reserve(more: number): void {
    if (this.at + more <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + more))
    this.bytes.copy(larger, 0, 0, this.at)
    this.bytes = larger
  }

  /** A zigzag varint of at most 53 bits. Needs room for 10 bytes. */
  varint(value: number): void {
    let rest = value >= 0 ? value * 2 : -value * 2 - 1
    const { bytes } = this
    while (rest >= 0x80) {
      bytes[this.at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    bytes[this.at++] = rest
  }

  /** A text as UTF-8, after its length in bytes as a varint. */
  text(value: string): void {
    const { length } = value
    this.reserve(3 * length + 5)
    const start = this.at
    const prefix = sizeOfVarint(length)
    this.at += prefix
    const written = this.#utf8(value)
    if (sizeOfVarint(written) === prefix) this.#prefixAt(start, written)
    else this.#move(start, prefix, written)
  }

  /** Bytes after their length as a varint. */
  raw(value: Uint8Array): void {
    this.reserve(value.length + 5)
    this.varint(value.length)
    this.bytes.set(value, this.at)
    this.at += value.length
  }

  /** Bytes as they are. */
  append(value: Uint8Array): void {
    this.reserve(value.length)
    this.bytes.set(value, this.at)
    this.at += value.length
  }

  /** Leaves room for the length of what comes now, of about `expected` bytes. Give the result to `close`. */
  open(expected: number): number {
    this.reserve(5)
    const start = this.at
    this.at += sizeOfVarint(expected)
    return start
  }

  /** Writes, as a varint at `start`, how many bytes have been written since `open`. */
  close(start: number, expected: number): void {
    const prefix = sizeOfVarint(expected)
    const written = this.at - start - prefix
    if (sizeOfVarint(written) === prefix) this.#prefixAt(start, written)
    else this.#move(start, prefix, written)
  }

  #utf8(value: string): number {
    const { length } = value
    if (length > 24) {
      const written = this.bytes.write(value, this.at, 'utf8')
      this.at += written
      return written
    }
    // Short texts are mostly ASCII, and a call out of JavaScript costs more than a few characters do.
    const { bytes, at } = this
    for (let index = 0; index < length; index++) {
      const unit = value.charCodeAt(index)
      if (unit >= 0x80) {
        const written = bytes.write(value, at, 'utf8')
        this.at += written
        return written
      }
      bytes[at + index] = unit
    }
    this.at += length
    return length
  }

  #prefixAt(start: number, value: number): void {
    const end = this.at
    this.at = start
    this.varint(value)
    this.at = end
  }

  /** The prefix takes another number of bytes than was left for it. */
  #move(start: number, prefix: number, written: number): void {
    const size = sizeOfVarint(written)
    this.reserve(size)
    this.bytes.copyWithin(start + size, start + prefix, start + prefix + written)
    this.at = start + size + written
    this.#prefixAt(start, written)
  }
}

/** Bytes of a zigzag varint of `value`, which is not negative. */
function sizeOfVarint(value: number): number {
  if (value < 0x40) return 1
  if (value < 0x2000) return 2
  if (value < 0x100000) return 3
  return value < 0x8000000 ? 4 : 5
}
