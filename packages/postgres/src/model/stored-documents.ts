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
  /** One after the other, with `BETWEEN` in between; null where there are none. */
  readonly patches: string | null
}

/** Stands in no JSON text: there it is written as an escape. */
const BETWEEN = '\u0001'

/** The patches of a document, oldest first. An array would have to be taken apart character by character. */
export const patchesOf = ({ patches }: DocumentRow): readonly string[] => patches?.split(BETWEEN) ?? []

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
        (SELECT string_agg(p.patch, E'\\x01' ORDER BY p.number) FROM ${names.patches(model.id)} p WHERE p.key = d.key) END AS patches
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

  async list(list: List): Promise<readonly VersionedEntry[]> {
    const rows = await this.#ask<DocumentRow>(this.#listing('list', this.#select, list))
    return rows.map((row) => ({ key: fromKeyBytes(row.key), document: this.#document(row), version: Number(row.version) }))
  }

  /** Which documents a list has, without the documents. */
  async versions(list: List): Promise<readonly { readonly key: string; readonly version: number }[]> {
    const select = `SELECT d.key, d.version FROM ${this.#table} d`
    const rows = await this.#ask<Pick<DocumentRow, 'key' | 'version'>>(this.#listing('versions', select, list))
    return rows.map(({ key, version }) => ({ key: fromKeyBytes(key), version: Number(version) }))
  }

  #listing(name: string, select: string, { prefix, after, limit }: List): Statement {
    const start = toKeyBytes(prefix)
    // No key comes between a key and itself with a zero byte behind it.
    const from = after !== '' && after >= prefix ? Buffer.concat([toKeyBytes(after), Buffer.of(0)]) : start
    const to = afterPrefix(start)
    const where = to === undefined ? 'd.key >= $1' : 'd.key >= $1 AND d.key < $3'
    return {
      name: `${name}${to === undefined ? '' : ' in'} ${this.#table}`,
      text: `${select} WHERE ${where} ORDER BY d.key LIMIT $2`,
      values: to === undefined ? [from, limit] : [from, limit, to],
    }
  }

  #document(row: DocumentRow): StoredDocument {
    try {
      const document = JSON.parse(row.base) as Record<string, unknown>
      for (const patch of patchesOf(row)) mergePatch(document, JSON.parse(patch) as Record<string, unknown>)
      return document
    } catch (error) {
      throw damagedError(`a document of read model '${this.#model.name}' can't be read`, error)
    }
  }
}
