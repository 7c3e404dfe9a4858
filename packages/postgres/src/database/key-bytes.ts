/**
 * Keys as PostgreSQL compares them (bytes) in the order of their UTF-16 code units: UTF-8, but each half of a surrogate
 * pair as three bytes of its own (CESU-8). Any string goes there and back, lone surrogates included.
 */
export function toKeyBytes(key: string): Buffer {
  if (!/[\ud800-\udfff]/.test(key)) return Buffer.from(key, 'utf8')
  const bytes: number[] = []
  for (let at = 0; at < key.length; at++) {
    const unit = key.charCodeAt(at)
    if (unit < 0x80) bytes.push(unit)
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f))
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f))
  }
  return Buffer.from(bytes)
}

export function fromKeyBytes(stored: Uint8Array): string {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
  const text = bytes.toString('utf8')
  if (!text.includes('\ufffd')) return text
  let key = ''
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at++] ?? 0
    if (byte < 0x80) key += String.fromCharCode(byte)
    else if (byte < 0xe0) key += String.fromCharCode(((byte & 0x1f) << 6) | ((bytes[at++] ?? 0) & 0x3f))
    else key += String.fromCharCode(((byte & 0x0f) << 12) | (((bytes[at++] ?? 0) & 0x3f) << 6) | ((bytes[at++] ?? 0) & 0x3f))
  }
  return key
}

/** The first key after all that begin with `prefix`, or undefined where nothing can come after them. */
export function afterPrefix(prefix: Buffer): Buffer | undefined {
  const end = prefix.findLastIndex((byte) => byte < 0xff)
  if (end < 0) return undefined
  const after = Buffer.from(prefix.subarray(0, end + 1))
  after[end] = (after[end] ?? 0) + 1
  return after
}
