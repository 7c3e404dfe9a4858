import type { DocumentReader, StoredDocument, Write } from '../../ports/read-store.ts'
import { BEGIN_KEY, chunkKey, headKey, type Change, type Chunk, type Head } from './change.ts'

/** Patches of a small document are not followed by a copy before they take so many characters. */
const MIN_CHARACTERS = 4_096

export interface HistoryOptions {
  /** How long past states are kept at least, in milliseconds of recorded time (default: for ever). */
  readonly keepMs?: number
}

/** What is to note the writes of a commit, where the projection keeps past states. */
export const historyOf = ({ history }: { readonly history: HistoryOptions | undefined }): HistoryWriter | undefined =>
  history && new HistoryWriter(history)

/** What a commit does to one document. */
interface Noted {
  /** Each change as JSON. */
  readonly changes: string[]
  readonly upTo: Record<string, number>
  timeMs: number
  /** Characters of the last put or deletion, where there is one, and of the patches after it. */
  wholeCharacters: number | undefined
  patchCharacters: number
}

/** Notes what the handlers of one commit do, event by event, and makes documents of it that are stored with the commit. */
export class HistoryWriter {
  readonly #keepMs: number
  readonly #noted = new Map<string, Noted>()
  #at: Change['at'] = [0, 0, 0]

  constructor({ keepMs = Infinity }: HistoryOptions) {
    this.#keepMs = keepMs
  }

  /** What is noted from now on comes from this event. */
  begin(at: Change['at']): void {
    this.#at = at
  }

  note(key: string, write: Write): void {
    const [partition, offset, timeMs] = this.#at
    const known = this.#noted.get(key)
    const noted = known ?? { changes: [], upTo: {}, timeMs: 0, wholeCharacters: undefined, patchCharacters: 0 }
    if (known === undefined) this.#noted.set(key, noted)
    const text = JSON.stringify({ at: this.#at, write } satisfies Change)
    noted.changes.push(text)
    noted.upTo[partition] = Math.max(noted.upTo[partition] ?? 0, offset + 1)
    noted.timeMs = Math.max(noted.timeMs, timeMs)
    if (write.kind === 'patch') noted.patchCharacters += text.length
    else {
      noted.wholeCharacters = text.length
      noted.patchCharacters = 0
    }
  }

  /** What is to be stored beside. `stored`: the read model before this commit. `current`: a document after it. */
  async writes(stored: DocumentReader, current: (key: string) => Promise<StoredDocument | undefined>): Promise<ReadonlyMap<string, Write>> {
    const writes = new Map<string, Write>()
    for (const [key, noted] of this.#noted) {
      const head = (await stored.get(headKey(key))) as Head | undefined
      const chunk = head?.next ?? 0
      const isWhole = noted.wholeCharacters !== undefined
      const baseCharacters = noted.wholeCharacters ?? head?.baseCharacters ?? 0
      const characters = noted.patchCharacters + (isWhole ? 0 : (head?.characters ?? 0))
      const isDue = characters >= Math.max(MIN_CHARACTERS, baseCharacters)
      const end = isDue ? JSON.stringify((await current(key)) ?? null) : undefined
      const upTo = furthest(head?.upTo ?? {}, noted.upTo)
      const timeMs = Math.max(noted.timeMs, head?.timeMs ?? 0)
      const made: Chunk = {
        changes: `[${noted.changes.join(',')}]`,
        base: head?.base ?? 0,
        upTo,
        timeMs,
        ...(end !== undefined && { end }),
      }
      const isBase = isWhole || end !== undefined
      let from = head?.from ?? 0
      if (isBase && chunk > 0) {
        writes.set(chunkKey(key, made.base), { kind: 'patch', patch: { nextBase: chunk } })
        if (this.#keepMs !== Infinity) from = await this.#forget({ key, from, chunk, made }, stored, writes)
      }
      const next: Head = {
        next: chunk + 1,
        from,
        base: isBase ? chunk : made.base,
        baseCharacters: end?.length ?? baseCharacters,
        characters: isDue ? 0 : characters,
        upTo,
        timeMs,
      }
      writes.set(chunkKey(key, chunk), { kind: 'put', document: { ...made } })
      writes.set(headKey(key), { kind: 'put', document: { ...next } })
    }
    if (writes.size > 0) writes.set(BEGIN_KEY, { kind: 'put', document: { begins: 'with the log' } })
    return writes
  }

  /** Removes what need not be kept any longer, now that `chunk` is a base. Gives the oldest one that stays. */
  async #forget(
    { key, from, chunk, made }: { readonly key: string; readonly from: number; readonly chunk: number; readonly made: Chunk },
    stored: DocumentReader,
    writes: Map<string, Write>,
  ): Promise<number> {
    const read = async (at: number): Promise<Chunk | undefined> =>
      at === chunk ? made : ((await stored.get(chunkKey(key, at))) as Chunk | undefined)
    for (let oldest = from; ;) {
      const second = oldest === made.base ? chunk : (await read(oldest))?.nextBase
      const base = second === undefined ? undefined : await read(second)
      if (second === undefined || base === undefined || base.timeMs > made.timeMs - this.#keepMs) return oldest
      for (let gone = oldest; gone < second; gone++) writes.set(chunkKey(key, gone), { kind: 'delete' })
      oldest = second
    }
  }
}

function furthest(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): Record<string, number> {
  const merged = { ...one }
  for (const [partition, next] of Object.entries(other)) merged[partition] = Math.max(next, merged[partition] ?? 0)
  return merged
}
