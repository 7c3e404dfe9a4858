import { fromText, type Entry, type List, type Position, type StoredDocument, type Write } from '@millrace/core'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { DocumentCache } from './document-cache.ts'
import { afterPrefix, fromKeyBytes, toKeyBytes } from '../key-bytes.ts'
import { assemble } from './merge-json.ts'
import { SMALL_BYTES } from './model-writer.ts'
import { damagedError } from './store-errors.ts'

/** After all keys: no byte of one is that high. */
const AFTER_ALL = Buffer.of(0xff)

/** The documents and the checkpoint of one model as of the last commit, whoever owns it: the read side, on the main thread. */
export class StoredModel {
  readonly id: number
  readonly name: string
  checkpoint: Position
  readonly #file: string
  readonly #cache: DocumentCache
  readonly #find: StatementSync
  readonly #patches: StatementSync
  readonly #keys: StatementSync

  constructor(
    database: DatabaseSync,
    model: {
      readonly id: number
      readonly name: string
      readonly checkpoint: string
      readonly cacheSize: number
      readonly prefix: string
      readonly file: string
    },
  ) {
    this.id = model.id
    this.name = model.name
    const checkpoint = fromText(model.checkpoint)
    if (checkpoint === undefined) throw damagedError(`the checkpoint of read model '${model.name}' can't be read`, model.file)
    this.#file = model.file
    this.checkpoint = checkpoint
    this.#cache = new DocumentCache(model.cacheSize)
    this.#find = database.prepare(`SELECT id, base FROM ${model.prefix}documents_${model.id} WHERE key = ?`)
    this.#patches = database.prepare(`SELECT patch FROM ${model.prefix}patches_${model.id} WHERE document = ? ORDER BY number`)
    this.#keys = database.prepare(`SELECT key FROM ${model.prefix}documents_${model.id} WHERE key >= ? AND key < ? ORDER BY key LIMIT ?`)
  }

  get(key: string): StoredDocument | undefined {
    return this.#cache.get(key) ?? this.#load(key, toKeyBytes(key))
  }

  list({ prefix, after, limit }: List): readonly Entry[] {
    const start = toKeyBytes(prefix)
    // No key comes between a key and itself with a zero byte behind it.
    const from = after !== '' && after >= prefix ? Buffer.concat([toKeyBytes(after), Buffer.of(0)]) : start
    const rows = this.#keys.all(from, afterPrefix(start) ?? AFTER_ALL, limit) as { readonly key: Uint8Array }[]
    const entries: Entry[] = []
    for (const row of rows) {
      const key = fromKeyBytes(row.key)
      const document = this.#cache.get(key) ?? this.#load(key, row.key)
      if (document !== undefined) entries.push({ key, document })
    }
    return entries
  }

  /** Takes over what the database has now. `texts` are the writes as JSON, in their order. */
  apply(writes: ReadonlyMap<string, Write>, texts: readonly string[], checkpoint: Position): void {
    let at = 0
    for (const [key, write] of writes) this.#cache.apply(key, write.kind, texts[at++] ?? '')
    this.checkpoint = new Map(checkpoint)
  }

  #load(key: string, keyBytes: Uint8Array): StoredDocument | undefined {
    const row = this.#find.get(keyBytes) as { readonly id: number; readonly base: string } | undefined
    if (row === undefined) return undefined
    const isSmall = Buffer.byteLength(row.base) < SMALL_BYTES
    const patches = isSmall ? [] : (this.#patches.all(row.id) as { readonly patch: string }[]).map(({ patch }) => patch)
    try {
      const document = assemble(row.base, patches)
      this.#cache.set(
        key,
        document,
        patches.reduce((size, patch) => size + patch.length, row.base.length),
      )
      return document
    } catch (error) {
      throw damagedError(`a document of read model '${this.name}' can't be read`, this.#file, error)
    }
  }
}
