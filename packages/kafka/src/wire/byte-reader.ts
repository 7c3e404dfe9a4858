/** Reads a buffer from left to right. Every read that would pass the end throws a `RangeError`. */
export class ByteReader {
  readonly bytes: Buffer
  readonly end: number
  at: number

  constructor(bytes: Buffer, at = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  /** A zigzag varint of at most 53 bits. */
  varint(): number {
    const { bytes } = this
    let byte = this.#next(bytes)
    if (byte < 0x80) return byte & 1 ? -((byte + 1) >>> 1) : byte >>> 1
    let value = byte & 0x7f
    let scale = 0x80
    do {
      if (scale > 2 ** 56) throw new RangeError('a varint of more than 9 bytes')
      byte = this.#next(bytes)
      value += (byte & 0x7f) * scale
      scale *= 0x80
    } while (byte >= 0x80)
    return value % 2 === 0 ? value / 2 : -((value + 1) / 2)
  }

  /** Passes over `length` bytes, and returns where they began. */
  skip(length: number): number {
    const start = this.at
    if (length < 0 || start + length > this.end) throw new RangeError(`${length} bytes at ${start} of ${this.end}`)
    this.at = start + length
    return start
  }

  /** A text of `length` bytes of UTF-8. */
  utf8(length: number): string {
    const start = this.skip(length)
    return this.bytes.toString('utf8', start, this.at)
  }

  #next(bytes: Buffer): number {
    if (this.at >= this.end) throw new RangeError(`the bytes end at ${this.end}`)
    return bytes[this.at++]!
  }
}
