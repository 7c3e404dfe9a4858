import type { DocumentReader, List, StoredDocument, VersionedEntry } from '@millrace/core'
import { mergePatch } from '@millrace/core'
import { toByteaArray } from '../database/binary-arrays.ts'
import type { Ask, Statement } from '../database/database.ts'
import { afterPrefix, fromKeyBytes, toKeyBytes } from '../database/key-bytes.ts'
import type { Names } from '../database/schema.ts'
import { damagedError } from '../database/store-errors.ts'

export interface DocumentRow {
  readonly key: Buffer
  readonly version: string
  readonly base: string
  readonly patches: readonly string[] | null
}

/** Reads documents of one model, on whatever `ask` asks. */
export class StoredDocuments implements DocumentReader {
  readonly #ask: Ask
  readonly #model: { readonly id: number; readonly name: string }
  readonly #table: string
  readonly #select: string

  constructor(ask: Ask, names: Names, model: { readonly id: number; readonly name: string }) {
    this.#ask = ask
    this.#model = model
    this.#table = names.documents(model.id)
    this.#select = `SELECT d.key, d.version, d.base, CASE WHEN d.patch_bytes > 0 THEN
        (SELECT array_agg(p.patch ORDER BY p.number) FROM ${names.patches(model.id)} p WHERE p.key = d.key) END AS patches
      FROM ${this.#table} d`
  }

  async get(key: string): Promise<StoredDocument | undefined> {
    const row = (await this.find([key])).get(key)
    return row && this.#document(row)
  }

  /** Those that there are. */
  async find(keys: readonly string[]): Promise<ReadonlyMap<string, DocumentRow>> {
    const rows = await this.#ask<DocumentRow>({
      name: `get ${this.#table}`,
      text: `${this.#select} WHERE d.key = ANY ($1::bytea[])`,
      values: [toByteaArray(keys.map(toKeyBytes))],
    })
    return new Map(rows.map((row) => [fromKeyBytes(row.key), row]))
  }

  async list({ prefix, after, limit }: List): Promise<readonly VersionedEntry[]> {
    const start = toKeyBytes(prefix)
    // No key comes between a key and itself with a zero byte behind it.
    const from = after !== '' && after >= prefix ? Buffer.concat([toKeyBytes(after), Buffer.of(0)]) : start
    const rows = await this.#ask<DocumentRow>(this.#listing(from, afterPrefix(start), limit))
    return rows.map((row) => ({ key: fromKeyBytes(row.key), document: this.#document(row), version: Number(row.version) }))
  }

  #listing(from: Buffer, to: Buffer | undefined, limit: number): Statement {
    if (to === undefined) {
      return { name: `list ${this.#table}`, text: `${this.#select} WHERE d.key >= $1 ORDER BY d.key LIMIT $2`, values: [from, limit] }
    }
    return {
      name: `list in ${this.#table}`,
      text: `${this.#select} WHERE d.key >= $1 AND d.key < $2 ORDER BY d.key LIMIT $3`,
      values: [from, to, limit],
    }
  }

  #document({ base, patches }: DocumentRow): StoredDocument {
    try {
      const document = JSON.parse(base) as Record<string, unknown>
      for (const patch of patches ?? []) mergePatch(document, JSON.parse(patch) as Record<string, unknown>)
      return document
    } catch (error) {
      throw damagedError(`a document of read model '${this.#model.name}' can't be read`, error)
    }
  }
}
