/**
 * Arrays as PostgreSQL takes them in its binary format: no text is escaped here and taken apart there, which is most of
 * what a large commit would cost otherwise. The layout is that of `array_recv` in PostgreSQL's arrayfuncs.c.
 */
const HEADER_BYTES = 20
const TYPE = { bytea: 17, int8: 20, text: 25 } as const

export function toByteaArray(elements: readonly Buffer[]): Buffer {
  const size = elements.reduce((sum, element) => sum + 4 + element.length, HEADER_BYTES)
  const { array, from } = begin(TYPE.bytea, elements.length, size)
  let at = from
  for (const element of elements) {
    at = array.writeInt32BE(element.length, at)
    at += element.copy(array, at)
  }
  return array
}

export function toTextArray(elements: readonly string[]): Buffer {
  const lengths = elements.map((element) => Buffer.byteLength(element))
  const size = lengths.reduce((sum, length) => sum + 4 + length, HEADER_BYTES)
  const { array, from } = begin(TYPE.text, elements.length, size)
  let at = from
  for (const [index, element] of elements.entries()) {
    at = array.writeInt32BE(lengths[index]!, at)
    at += array.write(element, at)
  }
  return array
}

/** Integers, up to 2^53. */
export function toInt8Array(elements: readonly number[]): Buffer {
  const { array, from } = begin(TYPE.int8, elements.length, HEADER_BYTES + elements.length * 12)
  let at = from
  for (const element of elements) {
    at = array.writeInt32BE(8, at)
    at = array.writeBigInt64BE(BigInt(element), at)
  }
  return array
}

function begin(type: number, length: number, size: number): { readonly array: Buffer; readonly from: number } {
  const isEmpty = length === 0
  const array = Buffer.allocUnsafe(isEmpty ? 12 : size)
  let at = array.writeInt32BE(isEmpty ? 0 : 1, 0) // dimensions
  at = array.writeInt32BE(0, at) // no nulls
  at = array.writeInt32BE(type, at)
  if (isEmpty) return { array, from: at }
  at = array.writeInt32BE(length, at)
  return { array, from: array.writeInt32BE(1, at) } // counted from 1
}
