import { mergePatch, type Write } from '@millrace/core'
import { toByteaArray, toInt8Array, toTextArray } from '../database/binary-arrays.ts'
import { toKeyBytes } from '../database/key-bytes.ts'
import type { DocumentCache } from './document-cache.ts'

/** Documents of fewer characters are written anew when they are patched, if it is known what they are: cheaper than a row for each patch. */
const SMALL = 2_048

/** A write with its JSON, as it was when the commit was asked for: whoever called may change the objects afterwards. */
export interface JsonWrite {
  readonly kind: Write['kind']
  readonly json: string
}

export function toJsonWrites(writes: ReadonlyMap<string, Write>): ReadonlyMap<string, JsonWrite> {
  const made = new Map<string, JsonWrite>()
  for (const [key, write] of writes) {
    const json = write.kind === 'delete' ? '' : JSON.stringify(write.kind === 'put' ? write.document : write.patch)
    made.set(key, { kind: write.kind, json })
  }
  return made
}

/** The writes of a commit as the parameters of the function that stores it. */
export class CommitWrites {
  readonly puts: [string[], string[]] = [[], []]
  readonly merged: [string[], string[], number[]] = [[], [], []]
  readonly deleted: string[] = []
  readonly patched: [string[], string[]] = [[], []]

  /** `cache` says what documents are; undefined where it has been wrong. */
  constructor(writes: ReadonlyMap<string, JsonWrite>, cache: DocumentCache | undefined) {
    for (const [key, { kind, json }] of writes) {
      if (kind === 'delete') this.deleted.push(key)
      else if (kind === 'put') {
        this.puts[0].push(key)
        this.puts[1].push(json)
      } else this.#patch(key, json, cache)
    }
  }

  /** Whether documents have changed since, as far as is known here. */
  isOutdated(cache: DocumentCache): boolean {
    const [keys, , versions] = this.merged
    return keys.some((key, at) => cache.versionOf(key) !== versions[at])
  }

  /** What becomes of the documents: as `writes`, but with the documents that patches were merged into. */
  outcome(writes: ReadonlyMap<string, JsonWrite>): ReadonlyMap<string, JsonWrite> {
    const [keys, documents] = this.merged
    if (keys.length === 0) return writes
    const outcome = new Map(writes)
    for (const [at, key] of keys.entries()) outcome.set(key, { kind: 'put', json: documents[at]! })
    return outcome
  }

  #patch(key: string, json: string, cache: DocumentCache | undefined): void {
    const known = cache?.smallText(key, SMALL)
    if (known !== undefined) {
      const document = JSON.parse(known.json) as Record<string, unknown>
      mergePatch(document, JSON.parse(json) as Record<string, unknown>)
      this.merged[0].push(key)
      this.merged[1].push(JSON.stringify(document))
      this.merged[2].push(known.version)
    } else {
      this.patched[0].push(key)
      this.patched[1].push(json)
    }
  }

  /** In the order in which the function takes them. */
  toParameters(): readonly Buffer[] {
    const { puts, merged, deleted, patched } = this
    const keys = (of: readonly string[]): Buffer => toByteaArray(of.map(toKeyBytes))
    return [
      keys(puts[0]),
      toTextArray(puts[1]),
      keys(merged[0]),
      toTextArray(merged[1]),
      toInt8Array(merged[2]),
      keys(deleted),
      keys(patched[0]),
      toTextArray(patched[1]),
    ]
  }
}
