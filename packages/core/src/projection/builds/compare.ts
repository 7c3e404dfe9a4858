import type { Clock } from '../../ports/clock.ts'
import type { StoredDocument, StoredReader } from '../../ports/read-store.ts'
import type { Table } from '../../ports/statement.ts'
import { unreserved } from '../parking/reserved-keys.ts'
import { Comparison, type Compared } from './comparison.ts'
import { firstDifference } from './first-difference.ts'
import { keyOf, keyText, readPage, readRow, toComparable, type RowKey } from './table-pages.ts'

/** Where looking begins, so that the sample is of all sorts of keys, and how many documents are taken from there. */
const STARTS = ['', ...Array.from('123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')]
const PER_START = 32
/** Two read models are never at the same place while events come: what differs is looked at again, so often. */
const LOOKS = 5
const LOOK_EVERY_MS = 100

/** Rows taken from the beginning and from the end of each table. */
const ROWS = 500

/** A read model that is looked at. */
export interface Sampled {
  readonly documents: StoredReader
  readonly tables: readonly Table[]
}

/** A document or a row of the sample. */
interface Sample {
  readonly place: { readonly table?: string; readonly key: string }
  readonly look: (model: StoredReader) => Promise<StoredDocument | undefined>
}

/** Compares a sample of the documents and rows of two read models, both live. What differs at every look, differs. */
export async function compareSample(served: Sampled, next: Sampled, clock: Clock): Promise<Compared> {
  const comparison = new Comparison()
  let left: readonly Sample[] = [...(await sampleDocuments(served, next)), ...(await sampleRows(served, next))]
  for (let look = 1; look <= LOOKS && left.length > 0; look++) {
    if (look > 1) await new Promise<void>((resolve) => void clock.after(LOOK_EVERY_MS, resolve))
    const differing: Sample[] = []
    for (const sample of left) {
      const [one, other] = [await sample.look(served.documents), await sample.look(next.documents)] as const
      if (look < LOOKS && firstDifference(one, other) !== undefined) differing.push(sample)
      else comparison.add(sample.place, one, other)
    }
    left = differing
  }
  return comparison
}

async function sampleDocuments(served: Sampled, next: Sampled): Promise<readonly Sample[]> {
  const keys = new Set<string>()
  for (const after of STARTS)
    for (const { documents } of [served, next])
      for (const { key } of unreserved(await documents.list({ prefix: '', after, limit: PER_START }))) keys.add(key)
  return [...keys].sort().map((key) => ({ place: { key }, look: async (model) => model.get(key) }))
}

/** Of the tables that both have, with the same key. */
async function sampleRows(served: Sampled, next: Sampled): Promise<readonly Sample[]> {
  const both = served.tables.filter(({ name, key }) => next.tables.some((other) => other.name === name && other.key.join() === key.join()))
  const samples: Sample[] = []
  for (const table of both) {
    const keys = new Map<string, RowKey>()
    for (const { documents } of [served, next])
      for (const isDescending of [false, true])
        for (const row of await readPage(documents, table, { limit: ROWS, isDescending }))
          keys.set(keyText(keyOf(table, row)), keyOf(table, row))
    for (const [key, values] of keys) {
      const look = async (model: StoredReader): Promise<StoredDocument | undefined> => {
        const row = await readRow(model, table, values)
        return row && toComparable(row)
      }
      samples.push({ place: { table: table.name, key }, look })
    }
  }
  return samples
}
