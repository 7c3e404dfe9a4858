import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'
import type { DocumentReader, ReadStore, StoredDocument, StoredReader } from '../../ports/read-store.ts'
import type { SharedReadStore } from '../../ports/shared-read-store.ts'
import type { Table } from '../../ports/statement.ts'
import { toText, type Position } from '../../position.ts'
import { compareRows } from './compare-tables.ts'
import { Comparison, type Compared } from './comparison.ts'
import { unreserved } from '../parking/reserved-keys.ts'
import type { Projection } from '../projection.ts'
import { ShadowFold } from '../folding/shadow-fold.ts'
import type { RowKey } from './table-pages.ts'
import { openVerifyPlace } from './verify-place.ts'

/** Documents, or rows, compared at a time: so long the read model stands still. */
const PAGE = 500
export interface Verification extends Compared {
  readonly projection: string
  /** How far the read model had come when it was compared last, as text. */
  readonly position: string
  /** Records of the log that were folded. */
  readonly records: number
  /** Keys of the read model whose events wait for an operator: it is not what the log says of those. See `Running.parked`. */
  readonly parked: number
}

export interface VerifyProgress {
  readonly step: 'folding' | 'comparing'
  /** Of the records to fold, or of the documents and rows to compare: these are `total` as far as is known. */
  readonly done: number
  readonly total: number
}

export interface VerifyOptions {
  readonly onProgress?: (progress: VerifyProgress) => void
  readonly signal?: AbortSignal
}

/** The read model that is looked at. */
export interface Verifiable {
  readonly projection: Projection
  readonly log: Log
  readonly clock: Clock
  /** Where its builds are. */
  readonly store: ReadStore | SharedReadStore
  readonly served: {
    readonly position: Position
    readonly tables: readonly Table[]
    readonly parked: readonly unknown[]
    /** Runs `work` with documents and rows that are all of one moment, and how far the read model was then. */
    still<T>(work: (stored: StoredReader, position: Position) => Promise<T>): Promise<T>
  }
}

/**
 * Whether a read model that serves is what the log says: folds the log from its beginning, into memory, then compares
 * document by document, each at a position where both are. Where there are tables it folds into a build of its own in the
 * same store, and compares row by row as well. The read model goes on meanwhile, but for the moment that a page takes.
 * Takes as much memory (with tables: as much of the store) as the read model has. Keys whose events cannot be handled are
 * parked, as in the read model that serves. Rejects with the reason of `signal`, and with what reading the log or the store says.
 */
export async function verify(
  { projection, log, clock, store, served }: Verifiable,
  { onProgress, signal }: VerifyOptions = {},
): Promise<Verification> {
  await using place = await openVerifyPlace(projection, log, store)
  const stop = new AbortController()
  const stopped = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal])
  const shadow = new ShadowFold(projection, { log, clock }, place.model, stopped)
  let records = 0
  try {
    // Once for all there was, and once for what came meanwhile: what is left is little, and the read model waits for it.
    for (let pass = 0; pass < 2; pass++) {
      const target = served.position
      const total = records + behind(target, shadow.position)
      await shadow.advance(target, (folded) => {
        records += folded
        onProgress?.({ step: 'folding', done: records, total })
      })
    }
    const comparison = new Comparison()
    let position: Position = served.position
    const comparing = async <Key>(compare: (documents: StoredReader) => Promise<Key>): Promise<Key> => {
      signal?.throwIfAborted()
      const last = await served.still(async (stored, at) => {
        await shadow.advance(at, (folded) => (records += folded))
        position = at
        return compare(stored)
      })
      const done = comparison.documents + (comparison.rows ?? 0)
      onProgress?.({ step: 'comparing', done, total: done })
      return last
    }
    for (let after: string | undefined = ''; after !== undefined;)
      after = await comparing((stored) => comparePage(stored, shadow.model, after!, comparison))
    for (const table of served.tables) {
      comparison.rows ??= 0
      let after: RowKey | undefined
      do
        after = await comparing((stored) =>
          compareRows(table, { served: stored, folded: shadow.model }, { after, limit: PAGE, comparison }),
        )
      while (after !== undefined)
    }
    const { documents, rows, differing, differences } = comparison
    const compared = { documents, ...(rows !== undefined && { rows }), differing, differences }
    return { projection: projection.name, position: toText(position), records, parked: served.parked.length, ...compared }
  } finally {
    stop.abort(new Error('verified'))
  }
}

const behind = (target: Position, position: Position): number =>
  [...target].reduce((sum, [partition, next]) => sum + Math.max(0, next - (position.get(partition) ?? 0)), 0)

/** Compares the documents after the key `after`, at most a page of them. Resolves with the last key compared, or undefined at the end. */
async function comparePage(
  served: DocumentReader,
  folded: DocumentReader,
  after: string,
  comparison: Comparison,
): Promise<string | undefined> {
  const page = { prefix: '', after, limit: PAGE }
  const [left, right] = [unreserved(await served.list(page)), unreserved(await folded.list(page))]
  // Both know all keys up to here.
  const isLast = left.length < PAGE && right.length < PAGE
  const ends = [left, right].filter(({ length }) => length === PAGE).map((each) => each.at(-1)!.key)
  const until = isLast ? undefined : ends.reduce((least, key) => (key < least ? key : least))
  const pairs = new Map<string, { served?: StoredDocument; folded?: StoredDocument }>()
  const isCompared = (key: string): boolean => until === undefined || key <= until
  for (const { key, document } of left) if (isCompared(key)) pairs.set(key, { served: document })
  for (const { key, document } of right) if (isCompared(key)) pairs.set(key, { ...pairs.get(key), folded: document })
  for (const [key, pair] of [...pairs].sort(([one], [other]) => (one < other ? -1 : 1))) comparison.add({ key }, pair.served, pair.folded)
  return until
}
