const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * The number of an order, such as `MR-4K7Q-9XWD`: 40 bits of a hash of its id, in letters that can't be confused (Crockford
 * base 32). It tells nothing about the id; two orders may have one number, though hardly ever.
 */
export function toOrderNumber(orderId: string): string {
  const [high, low] = hash(orderId)
  const bits = (BigInt(high) << 32n) | BigInt(low)
  const letters = Array.from({ length: 8 }, (_, at) => ALPHABET[Number((bits >> BigInt(at * 5)) & 31n)]).join('')
  return `MR-${letters.slice(0, 4)}-${letters.slice(4)}`
}

/** As people type it: any case, spaces or none, O for 0 and I or L for 1. Undefined where it cannot be one. */
export function readOrderNumber(text: string): string | undefined {
  const letters = text
    .toUpperCase()
    .replace(/[\s-]/g, '')
    .replace(/^MR(?=.{8}$)/, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')
  return /^[0-9A-HJKMNP-TV-Z]{8}$/.test(letters) ? `MR-${letters.slice(0, 4)}-${letters.slice(4)}` : undefined
}

/** Two words of 32 bits: cyrb53 by bryc (public domain), before it joins them. */
function hash(text: string): readonly [number, number] {
  let one = 0xdeadbeef
  let two = 0x41c6ce57
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    one = Math.imul(one ^ code, 2_654_435_761)
    two = Math.imul(two ^ code, 1_597_334_677)
  }
  one = Math.imul(one ^ (one >>> 16), 2_246_822_507) ^ Math.imul(two ^ (two >>> 13), 3_266_489_909)
  two = Math.imul(two ^ (two >>> 16), 2_246_822_507) ^ Math.imul(one ^ (one >>> 13), 3_266_489_909)
  return [one >>> 0, two >>> 0]
}
