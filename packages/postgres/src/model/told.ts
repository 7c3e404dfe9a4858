import type { Write } from '@millrace/core'

/** A commit as it is told to all instances. */
export interface Told {
  readonly model: number
  /** The number of the commit: they rise by one. */
  readonly number: number
  readonly sender: string
  readonly partition: number
  readonly next: number
  /** Undefined: too large to be told. */
  readonly writes: readonly ToldWrite[] | undefined
}

/** `kind` undefined: too large to be told. */
export interface ToldWrite {
  readonly key: string
  readonly kind: Write['kind'] | undefined
  /** Of the document, or the patch. */
  readonly json: string
}

/** PostgreSQL takes up to 7,999 bytes in one notification; what stands before a piece takes up to 100. */
const PIECE_BYTES = 7_800
const MAX_PIECES = 4
/** A write of more characters is told as its key alone. */
const MAX_WRITE = 6_000

const kinds = { put: 'p', patch: 'c', delete: 'd' } as const

/** The writes of a commit as pieces for notifications: `3/1 …` is the first of three, and `0/0` says that it is too large. */
export function toPieces(writes: readonly ToldWrite[]): readonly string[] {
  for (const most of [MAX_WRITE, 0]) {
    // What it takes at least, before any of it is made.
    let least = 0
    for (const { key, json } of writes) least += key.length + 6 + (json.length <= most ? json.length : 0)
    if (least > PIECE_BYTES * MAX_PIECES) continue
    const text = toAscii(
      `[${writes
        .map(({ key, kind, json }) => {
          const isTold = kind !== undefined && json.length <= most
          return `${JSON.stringify(key)},${isTold ? `"${kinds[kind]}"${kind === 'delete' ? '' : `,${json}`}` : '"?"'}`
        })
        .join(',')}]`,
    )
    const count = Math.ceil(text.length / PIECE_BYTES)
    if (count > MAX_PIECES) continue
    return Array.from({ length: count }, (_, at) => `${count}/${at + 1} ${text.slice(at * PIECE_BYTES, (at + 1) * PIECE_BYTES)}`)
  }
  return ['0/0 ']
}

/** JSON in which a byte is a character. */
const toAscii = (json: string): string =>
  json.replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Puts the pieces of commits together, as they come. */
export class ToldReader {
  #pieces: string[] = []
  #of = ''

  /** The commit that ends with this notification; undefined where more is to come, or it is not one of ours. */
  read(payload: string): Told | undefined {
    const match = /^((\d+) (\d+) (\S+) (\d+) (\d+)) (\d+)\/(\d+) (.*)$/s.exec(payload)
    if (match === null) return undefined
    const [, head = '', model, number, sender = '', partition, next, count, at, text = ''] = match
    if (head !== this.#of) this.#pieces = []
    this.#of = head
    this.#pieces.push(text)
    if (Number(at) < Number(count)) return undefined
    // One whose first pieces went by before this one listened is as good as untold.
    const isWhole = Number(count) > 0 && this.#pieces.length === Number(count)
    const writes = isWhole ? toWrites(JSON.parse(this.#pieces.join('')) as unknown[]) : undefined
    this.#pieces = []
    return { model: Number(model), number: Number(number), sender, partition: Number(partition), next: Number(next), writes }
  }
}

function toWrites(parts: readonly unknown[]): readonly ToldWrite[] {
  const writes: ToldWrite[] = []
  for (let at = 0; at < parts.length;) {
    const key = parts[at++] as string
    const kind = parts[at++]
    if (kind === 'd') writes.push({ key, kind: 'delete', json: '' })
    else if (kind === 'p' || kind === 'c') writes.push({ key, kind: kind === 'p' ? 'put' : 'patch', json: JSON.stringify(parts[at++]) })
    else writes.push({ key, kind: undefined, json: '' })
  }
  return writes
}
