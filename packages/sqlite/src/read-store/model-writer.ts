import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { toKeyBytes } from '../key-bytes.ts'
import { assemble } from './merge-json.ts'

/** Documents of fewer bytes are merged by SQLite at every patch, so they have no patches: cheaper than a row for each. */
export const SMALL_BYTES = 2_048
/** What a patch row costs beside its text. */
const ROW_COST = 48
/** Documents whose patches are counted in memory. */
const MAX_KNOWN = 10_000

/** A document with patches: its row, how large its base is, how many patches there are, the last one's number, and their size. */
interface Patched {
  readonly id: number
  readonly base: number
  count: number
  last: number
  size: number
}

/** The tables of one model. A document is its base and the patches since, so that a patch costs what the patch costs. */
export class ModelWriter {
  readonly #find: StatementSync
  readonly #put: StatementSync
  readonly #putAnew: StatementSync
  readonly #merge: StatementSync
  readonly #rebase: StatementSync
  readonly #remove: StatementSync
  readonly #base: StatementSync
  readonly #sizes: StatementSync
  readonly #patches: StatementSync
  readonly #addPatch: StatementSync
  readonly #removePatches: StatementSync
  readonly #known = new Map<string, Patched>()
  /** False where no document has patches, so that none are looked for. */
  #hasPatches: boolean

  /** `prefix`: what the names of the store's tables begin with. */
  constructor(database: DatabaseSync, prefix: string, id: number) {
    const [documents, patches] = [`${prefix}documents_${id}`, `${prefix}patches_${id}`]
    const put = `INSERT INTO ${documents} (key, base) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET base = excluded.base`
    this.#find = database.prepare(`SELECT id, octet_length(base) AS base FROM ${documents} WHERE key = ?`)
    this.#put = database.prepare(put)
    this.#putAnew = database.prepare(`${put} RETURNING id`)
    this.#merge = database.prepare(
      `UPDATE ${documents} SET base = json_patch(base, ?) WHERE key = ? AND octet_length(base) < ${SMALL_BYTES}`,
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
    this.#hasPatches = database.prepare(`SELECT 1 FROM ${patches} LIMIT 1`).get() !== undefined
  }

  /** Returns about how many bytes it wrote. */
  write(key: string, write: string | { readonly patch: string } | null): number {
    const bytes = toKeyBytes(key)
    if (typeof write === 'string') {
      if (this.#hasPatches) this.#forgetPatches(key, (this.#putAnew.get(bytes, write) as { readonly id: number }).id)
      else this.#put.run(bytes, write)
      return write.length + 256
    }
    if (write !== null) return this.#patch(key, bytes, write.patch)
    const found = this.#find.get(bytes) as { readonly id: number } | undefined
    if (found === undefined) return 0
    this.#remove.run(found.id)
    this.#forgetPatches(key, found.id)
    return 256
  }

  #patch(key: string, bytes: Uint8Array, patch: string): number {
    const patched = this.#known.get(key)
    if (patched !== undefined) return this.#append(key, patched, patch)
    if (this.#merge.run(patch, bytes).changes > 0) return patch.length + 256
    const found = this.#find.get(bytes) as Pick<Patched, 'id' | 'base'> | undefined
    if (found === undefined) return 0
    // Counting them each time would cost what all of them cost.
    const counted = { ...found, ...(this.#sizes.get(found.id) as unknown as Omit<Patched, 'id' | 'base'>) }
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    this.#known.set(key, counted)
    return this.#append(key, counted, patch)
  }

  #append(key: string, patched: Patched, patch: string): number {
    const { id } = patched
    this.#addPatch.run(id, ++patched.last, patch)
    this.#hasPatches = true
    patched.count++
    patched.size += patch.length
    if (patched.size + patched.count * ROW_COST < patched.base) return patch.length + 128
    const { base } = this.#base.get(id) as { readonly base: string }
    const rows = this.#patches.all(id) as { readonly patch: string }[]
    const merged = JSON.stringify(
      assemble(
        base,
        rows.map((row) => row.patch),
      ),
    )
    this.#rebase.run(merged, id)
    this.#forgetPatches(key, id)
    return merged.length
  }

  #forgetPatches(key: string, id: number): void {
    if (!this.#hasPatches) return
    this.#known.delete(key)
    this.#removePatches.run(id)
  }
}
