const encoder = new TextEncoder()

/**
 * The partition of a key, as Kafka's default partitioner has it: murmur2 of the key's UTF-8 bytes, made positive.
 * Source: org.apache.kafka.common.utils.Utils#murmur2.
 */
export function partitionOf(key: string, partitions: number): number {
  const hash = isShortAscii(key) ? murmur2(shortText, key.length) : murmur2(encoder.encode(key))
  return (hash & 0x7fffffff) % partitions
}

/** Where most keys fit, so that hashing one allocates nothing. */
const shortText = new Uint8Array(64)

/** Writes `text` to `shortText`, where it is such a text. */
function isShortAscii(text: string): boolean {
  const { length } = text
  if (length > shortText.length) return false
  for (let at = 0; at < length; at++) {
    const unit = text.charCodeAt(at)
    if (unit >= 0x80) return false
    shortText[at] = unit
  }
  return true
}

/** Of the first `length` bytes. */
export function murmur2(bytes: Uint8Array, length: number = bytes.length): number {
  const m = 0x5bd1e995
  let hash = 0x9747b28c ^ length
  const whole = length & ~3
  for (let at = 0; at < whole; at += 4) {
    let k = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    hash = Math.imul(hash, m) ^ Math.imul(k, m)
  }
  const rest = length - whole
  if (rest === 3) hash ^= bytes[whole + 2]! << 16
  if (rest >= 2) hash ^= bytes[whole + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ bytes[whole]!, m)
  hash ^= hash >>> 13
  hash = Math.imul(hash, m)
  return hash ^ (hash >>> 15)
}

/** FNV-1a over UTF-16 code units: 32 bits, unsigned. Tells texts apart; guards nothing. */
export function fingerprintOf(...texts: readonly string[]): number {
  let hash = 0x811c9dc5
  for (const text of texts) {
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
    hash = Math.imul(hash ^ 0xffff, 0x01000193)
  }
  return hash >>> 0
}
