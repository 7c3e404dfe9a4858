import type { StoredReader } from '../../ports/read-store.ts'
import type { Row, Table } from '../../ports/statement.ts'
import type { Comparison } from './comparison.ts'
import { keyOf, keyText, readPage, toComparable, type RowKey } from './table-pages.ts'

/**
 * Compares the rows of a table after the key `after`, at most `limit` of `served`, with those of `folded` up to the same
 * key. Which of two keys comes first only the database says. Resolves with the last key compared, or undefined at the end.
 */
export async function compareRows(
  table: Table,
  models: { readonly served: StoredReader; readonly folded: StoredReader },
  { after, limit, comparison }: { readonly after: RowKey | undefined; readonly limit: number; readonly comparison: Comparison },
): Promise<RowKey | undefined> {
  const add = (key: string, served: Row | undefined, folded: Row | undefined): void =>
    comparison.add({ table: table.name, key }, served && toComparable(served), folded && toComparable(folded))
  const page = await readPage(models.served, table, { after, limit })
  const until = page.length < limit ? undefined : keyOf(table, page.at(-1)!)
  const left = new Map(page.map((row) => [keyText(keyOf(table, row)), row]))
  for (let from = after; ;) {
    const rows = await readPage(models.folded, table, { after: from, until, limit })
    for (const row of rows) {
      const key = keyText(keyOf(table, row))
      add(key, left.get(key), row)
      left.delete(key)
    }
    if (rows.length < limit) break
    from = keyOf(table, rows.at(-1)!)
  }
  for (const [key, row] of left) add(key, row, undefined)
  return until
}
