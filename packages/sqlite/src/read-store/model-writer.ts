import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { assemble, mergeJson } from './merge-json.ts'

/** Documents of fewer bytes are written anew at every patch, so they have no patches: cheaper than a row for each. */
export const SMALL_BYTES = 2_048
/** What a patch row costs beside its text. */
const ROW_COST = 48
/** Documents whose patches are counted in memory. */
const MAX_KNOWN = 10_000

/** How many patches a document has, the last one's number, and their size. */
interface Patches {
  count: number
  last: number
  size: number
}

/** The tables of one model. A document is its base and the patches since, so that a patch costs what the patch costs. */
export class ModelWriter {
  readonly #find: StatementSync
  readonly #put: StatementSync
  readonly #rebase: StatementSync
  readonly #remove: StatementSync
  readonly #base: StatementSync
  readonly #sizes: StatementSync
  readonly #patches: StatementSync
  readonly #addPatch: StatementSync
  readonly #removePatches: StatementSync
  readonly #known = new Map<number, Patches>()

  constructor(database: DatabaseSync, id: number) {
    const [documents, patches] = [`documents_${id}`, `patches_${id}`]
    this.#find = database.prepare(`SELECT id, octet_length(base) AS size FROM ${documents} WHERE key = ?`)
    this.#put = database.prepare(
      `INSERT INTO ${documents} (key, base) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET base = excluded.base RETURNING id`,
    )
    this.#rebase = database.prepare(`UPDATE ${documents} SET base = ? WHERE id = ?`)
    this.#remove = database.prepare(`DELETE FROM ${documents} WHERE id = ?`)
    this.#base = database.prepare(`SELECT base FROM ${documents} WHERE id = ?`)
    this.#sizes = database.prepare(
      `SELECT count(*) AS count, ifnull(max(number), 0) AS last, ifnull(sum(octet_length(patch)), 0) AS size FROM ${patches} WHERE document = ?`,
    )
    this.#patches = database.prepare(`SELECT patch FROM ${patches} WHERE document = ? ORDER BY number`)
    this.#addPatch = database.prepare(`INSERT INTO ${patches} (document, number, patch) VALUES (?, ?, ?)`)
    this.#removePatches = database.prepare(`DELETE FROM ${patches} WHERE document = ?`)
  }

  /** Returns about how many bytes it wrote. */
  write(key: Uint8Array, write: string | { readonly patch: string } | null): number {
    if (typeof write === 'string') {
      const { id } = this.#put.get(key, write) as { readonly id: number }
      this.#forgetPatches(id)
      return write.length + 256
    }
    const found = this.#find.get(key) as { readonly id: number; readonly size: number } | undefined
    if (found === undefined) return 0
    if (write !== null) return this.#patch(found, write.patch)
    this.#remove.run(found.id)
    this.#forgetPatches(found.id)
    return 256
  }

  #patch({ id, size }: { readonly id: number; readonly size: number }, patch: string): number {
    if (size < SMALL_BYTES) {
      const { base } = this.#base.get(id) as { readonly base: string }
      const document = JSON.parse(base) as Record<string, unknown>
      mergeJson(document, JSON.parse(patch) as Record<string, unknown>)
      const merged = JSON.stringify(document)
      this.#rebase.run(merged, id)
      return merged.length + 128
    }
    const patches = this.#patchesOf(id)
    this.#addPatch.run(id, ++patches.last, patch)
    patches.count++
    patches.size += patch.length
    if (patches.size + patches.count * ROW_COST < size) return patch.length + 128
    const { base } = this.#base.get(id) as { readonly base: string }
    const rows = this.#patches.all(id) as { readonly patch: string }[]
    const merged = JSON.stringify(
      assemble(
        base,
        rows.map((row) => row.patch),
      ),
    )
    this.#rebase.run(merged, id)
    this.#forgetPatches(id)
    return merged.length
  }

  /** Counting them each time would cost what all of them cost. */
  #patchesOf(id: number): Patches {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    const patches = this.#sizes.get(id) as unknown as Patches
    this.#known.set(id, patches)
    return patches
  }

  #forgetPatches(id: number): void {
    this.#known.delete(id)
    this.#removePatches.run(id)
  }
}
