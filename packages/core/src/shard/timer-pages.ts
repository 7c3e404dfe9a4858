/** A command to come. `id` is its command id: it follows from the record that scheduled it. */
export interface Timer {
  readonly id: string
  readonly dueMs: number
  /** The command's type, the aggregate's key, and the command's data as JSON text. */
  readonly type: string
  readonly key: string
  readonly data: string
  /** `<aggregate>/<name>` where it has a name: unique with the key. */
  readonly name: string | undefined
}

/** Bytes of an ordinary page. A timer that needs more has a page of its own. */
const PAGE_BYTES = 65_536
/** Before the texts: whether it is pending (1 byte), due (8), its slot (4), and the length of each text (4 each). */
const HEAD_BYTES = 1 + 8 + 4 + 5 * 4
/** Set in a text's length where it is no well-formed Unicode, and kept as UTF-16; all others are UTF-8. */
const ILL_FORMED = 0x8000_0000
const ABSENT = 0xffff_ffff

interface Page {
  readonly bytes: Uint8Array
  readonly view: DataView
  used: number
  /** Bytes of timers that are pending. */
  pending: number
  isDirty: boolean
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * Timers as bytes, in pages: a million of them take what their texts take, the collector never looks at them, and a
 * checkpoint keeps the pages that changed. An address is `page * PAGE_BYTES + offset`.
 */
export class TimerPages {
  readonly #pages: (Page | undefined)[] = []
  readonly #emptied = new Set<number>()
  #current = -1
  /** Told that what was in a slot lies elsewhere now. */
  readonly #onMoved: (slot: number, address: number) => void

  constructor(onMoved: (slot: number, address: number) => void) {
    this.#onMoved = onMoved
  }

  add(timer: Timer, slot: number): number {
    const texts = textsOf(timer)
    // Three bytes hold any UTF-16 unit.
    const most = HEAD_BYTES + texts.reduce((sum, text) => sum + 3 * (text?.length ?? 0), 0)
    const [index, page] = this.#pageFor(most)
    const { bytes, view } = page
    const start = page.used
    let at = start + HEAD_BYTES
    for (const [n, text] of texts.entries()) {
      const length = text === undefined ? 0 : write(bytes, at, text)
      view.setUint32(start + 13 + 4 * n, text === undefined ? ABSENT : text.isWellFormed() ? length : (ILL_FORMED | length) >>> 0)
      at += length
    }
    bytes[start] = 1
    view.setFloat64(start + 1, timer.dueMs)
    view.setUint32(start + 9, slot)
    page.used = at
    page.pending += at - start
    page.isDirty = true
    return index * PAGE_BYTES + start
  }

  get(address: number): Timer {
    const { bytes, view } = this.#page(address)
    const start = address % PAGE_BYTES
    let at = start + HEAD_BYTES
    const text = (n: number): string | undefined => {
      const said = view.getUint32(start + 13 + 4 * n)
      if (said === ABSENT) return undefined
      const length = said & ~ILL_FORMED
      const read = bytes.subarray(at, (at += length))
      return said >= ILL_FORMED ? fromUtf16(read) : decoder.decode(read)
    }
    const [id = '', type = '', key = '', data = '', name] = [text(0), text(1), text(2), text(3), text(4)]
    return { id, dueMs: view.getFloat64(start + 1), type, key, data, name }
  }

  delete(address: number): void {
    const index = Math.floor(address / PAGE_BYTES)
    const page = this.#page(address)
    const start = address % PAGE_BYTES
    page.bytes[start] = 0
    page.pending -= sizeAt(page, start)
    page.isDirty = true
    if (index === this.#current) return
    if (page.pending === 0) this.#empty(index)
    else if (page.pending * 4 < page.used) this.#move(index, page)
  }

  /** What changed since the last call: a page's bytes, or null where it is gone. */
  takeDirty(): ReadonlyMap<number, Uint8Array | null> {
    const dirty = new Map<number, Uint8Array | null>()
    for (const index of this.#emptied) dirty.set(index, null)
    this.#emptied.clear()
    for (const [index, page] of this.#pages.entries()) {
      if (page?.isDirty !== true) continue
      dirty.set(index, page.bytes.subarray(0, page.used))
      page.isDirty = false
    }
    return dirty
  }

  /** These count as changed: what was taken of them was not kept. */
  touch(indexes: Iterable<number>): void {
    for (const index of indexes) {
      const page = this.#pages[index]
      if (page === undefined) this.#emptied.add(index)
      else page.isDirty = true
    }
  }

  indexes(): readonly number[] {
    return [...this.#pages.keys()].filter((index) => this.#pages[index] !== undefined)
  }

  /** Takes back a page of a checkpoint. Gives `take` the address of each timer in it, and its slot from then on is what that returns. */
  restore(index: number, stored: Uint8Array, take: (address: number) => number): void {
    const bytes = new Uint8Array(Math.max(PAGE_BYTES, stored.length))
    bytes.set(stored)
    const page: Page = { bytes, view: new DataView(bytes.buffer), used: stored.length, pending: 0, isDirty: false }
    this.#pages[index] = page
    for (let start = 0; start < page.used; start += sizeAt(page, start)) {
      if (bytes[start] === 0) continue
      page.pending += sizeAt(page, start)
      page.view.setUint32(start + 9, take(index * PAGE_BYTES + start))
    }
  }

  #page(address: number): Page {
    return this.#pages[Math.floor(address / PAGE_BYTES)]!
  }

  #pageFor(bytes: number): readonly [number, Page] {
    const current = this.#pages[this.#current]
    if (current !== undefined && current.used + bytes <= current.bytes.length) return [this.#current, current]
    const isLarge = bytes > PAGE_BYTES
    const index = this.#free()
    const page: Page = { ...room(Math.max(bytes, PAGE_BYTES)), used: 0, pending: 0, isDirty: true }
    this.#pages[index] = page
    if (!isLarge) {
      const before = this.#current
      this.#current = index
      if (current?.pending === 0) this.#empty(before)
    }
    return [index, page]
  }

  #free(): number {
    const index = this.#pages.indexOf(undefined)
    return index < 0 ? this.#pages.length : index
  }

  #empty(index: number): void {
    this.#pages[index] = undefined
    this.#emptied.add(index)
  }

  /** Most of it is gone: what is left goes elsewhere. */
  #move(index: number, page: Page): void {
    for (let start = 0; start < page.used; start += sizeAt(page, start)) {
      if (page.bytes[start] === 0) continue
      const slot = page.view.getUint32(start + 9)
      this.#onMoved(slot, this.add(this.get(index * PAGE_BYTES + start), slot))
    }
    this.#empty(index)
  }
}

const textsOf = ({ id, type, key, data, name }: Timer): readonly (string | undefined)[] => [id, type, key, data, name]

function room(length: number): Pick<Page, 'bytes' | 'view'> {
  const bytes = new Uint8Array(length)
  return { bytes, view: new DataView(bytes.buffer) }
}

function sizeAt({ view }: Page, start: number): number {
  let size = HEAD_BYTES
  for (let n = 0; n < 5; n++) {
    const said = view.getUint32(start + 13 + 4 * n)
    if (said !== ABSENT) size += said & ~ILL_FORMED
  }
  return size
}

function write(bytes: Uint8Array, at: number, text: string): number {
  if (text.isWellFormed()) return encoder.encodeInto(text, bytes.subarray(at)).written
  for (let unit = 0; unit < text.length; unit++) {
    const code = text.charCodeAt(unit)
    bytes[at + 2 * unit] = code & 0xff
    bytes[at + 2 * unit + 1] = code >> 8
  }
  return 2 * text.length
}

function fromUtf16(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 2) text += String.fromCharCode(bytes[at]! | (bytes[at + 1]! << 8))
  return text
}
