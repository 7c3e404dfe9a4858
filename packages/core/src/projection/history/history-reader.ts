import { MillraceError } from '../../errors.ts'
import type { DocumentReader, StoredDocument } from '../../ports/read-store.ts'
import { DEFAULT_LIMIT } from '../folding/model-transaction.ts'
import type { ListOptions, ModelReader } from '../projection.ts'
import type { TableReader } from '../sql.ts'
import { applied, chunkKey, headKey, isAllIn, isIn, keyOfHead, type Change, type Chunk, type Head, type Moment } from './change.ts'

/** Reads for a query what the documents of a read model were at a moment in the past. */
export class HistoryReader implements ModelReader<StoredDocument>, TableReader {
  readonly #model: DocumentReader
  readonly #moment: Moment

  constructor(model: DocumentReader, moment: Moment) {
    this.#model = model
    this.#moment = moment
  }

  async get(key: string): Promise<StoredDocument | undefined> {
    for (let from: number | undefined; ;) {
      const head = (await this.#model.get(headKey(key))) as Head | undefined
      if (head === undefined) return undefined
      try {
        return await this.#at(key, { ...head })
      } catch (error) {
        // It has been tidied up in the middle of it: then there is a newer beginning.
        if (!(error instanceof MillraceError) || error.code !== 'STORE_DAMAGED' || from === head.from) throw error
        ;({ from } = head)
      }
    }
  }

  async list({ prefix = '', after = '', limit = DEFAULT_LIMIT }: ListOptions = {}): Promise<readonly StoredDocument[]> {
    const found: StoredDocument[] = []
    for (let last = after; found.length < limit;) {
      const heads = await this.#model.list({ prefix: headKey(prefix), after: last === '' ? '' : headKey(last), limit })
      for (const { key: stored } of heads) {
        last = keyOfHead(stored)
        const then = await this.get(last)
        if (then !== undefined && found.push(then) === limit) break
      }
      if (heads.length < limit) break
    }
    return found
  }

  readonly rows: TableReader['rows'] = () => () =>
    Promise.reject(new TypeError('model.rows: tables keep no past states, documents do; ask this query without asOf'))

  async #at(key: string, head: Head): Promise<StoredDocument | undefined> {
    let { document, next } = await this.#base(key, head)
    // The changes of one partition are in order: after the first one that is too late, so are all.
    const isOrdered = Object.keys(head.upTo).length === 1
    for (; next < head.next; next++) {
      const changes = changesOf(await this.#chunk(key, next))
      for (const change of changes) if (isIn(this.#moment, change)) document = applied(document, change.write)
      if (isOrdered && changes.some((change) => !isIn(this.#moment, change))) break
    }
    return document
  }

  /** A state of the moment or before, from which on changes are to be applied: those of chunk `next` and later. */
  async #base(key: string, head: Head): Promise<{ document: Record<string, unknown> | undefined; next: number }> {
    for (let at = await this.#nearest(key, head); ;) {
      const chunk = await this.#chunk(key, at)
      if (chunk.end !== undefined && isAllIn(this.#moment, chunk))
        return { document: (JSON.parse(chunk.end) ?? undefined) as Record<string, unknown> | undefined, next: at + 1 }
      const isWhole = changesOf(chunk).some((change) => change.write.kind !== 'patch' && isIn(this.#moment, change))
      if (isWhole || at === 0) return { document: undefined, next: at }
      if (at <= head.from || chunk.base < head.from) throw ended(key)
      at = chunk.base
    }
  }

  /** The base of the last chunk that begins at the moment or before: those after it are of no use. */
  async #nearest(key: string, { from, next, base }: Head): Promise<number> {
    let [least, most] = [from, next - 1]
    if (isAllIn(this.#moment, await this.#chunk(key, most))) return base
    while (least < most) {
      const middle = Math.ceil((least + most) / 2)
      const [first] = changesOf(await this.#chunk(key, middle))
      if (first !== undefined && isIn(this.#moment, first)) least = middle
      else most = middle - 1
    }
    return least === from ? from : (await this.#chunk(key, least)).base
  }

  async #chunk(key: string, at: number): Promise<Chunk> {
    const chunk = (await this.#model.get(chunkKey(key, at))) as unknown as Chunk | undefined
    if (chunk !== undefined) return chunk
    throw new MillraceError('STORE_DAMAGED', `the history of '${key.slice(0, 100)}' lacks chunk ${at}; rebuild the read model`)
  }
}

const changesOf = ({ changes }: Chunk): readonly Change[] => JSON.parse(changes) as readonly Change[]

const ended = (key: string): MillraceError =>
  new MillraceError(
    'HISTORY_ENDED',
    `what '${key.slice(0, 100)}' was then is no longer kept; ask for a later moment, or keep more (keepMs)`,
  )
