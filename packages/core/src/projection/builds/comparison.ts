import type { StoredDocument } from '../../ports/read-store.ts'
import { firstDifference } from './first-difference.ts'

/** Differences that are told one by one. */
const MAX_TOLD = 10
/** Characters of a value that are told. */
const MAX_VALUE = 200

/** A document, or a row, that two read models do not have alike. */
export interface Difference {
  /** Of a row. */
  readonly table?: string
  /** Of a row: the value of its primary key, as a JSON array where that is of several columns. */
  readonly key: string
  /** Where in the document, as a JSON pointer; '' is all of it. In a row it is `/` and the column. */
  readonly path: string
  /** What the read model that serves has there, as JSON, the beginning of it; undefined where it has nothing. */
  readonly served?: string
  /** What the other one has: that of the log, or of the version that is to serve next. */
  readonly other?: string
}

export interface Compared {
  /** Documents that were compared. */
  readonly documents: number
  /** Rows that were compared, where the read model has tables. */
  readonly rows?: number
  /** How many of all of them differ. */
  readonly differing: number
  /** The first ten. */
  readonly differences: readonly Difference[]
}

/** A build that took over from another one, and how a sample of their documents compares. */
export interface Rebuilt {
  readonly projection: string
  /** Labels of builds: the version, and a number behind a dot where it was built again. */
  readonly from: string
  readonly to: string
  readonly compared: Compared
}

/** Counts what differs. */
export class Comparison implements Compared {
  documents = 0
  /** Not there while no row was compared. */
  declare rows?: number
  differing = 0
  readonly differences: Difference[] = []

  /** A row as JSON says it, where `table` is named; else a document. */
  add(
    { table, key }: { readonly table?: string; readonly key: string },
    served: StoredDocument | undefined,
    other: StoredDocument | undefined,
  ): void {
    if (table === undefined) this.documents++
    else this.rows = (this.rows ?? 0) + 1
    const found = firstDifference(served, other)
    if (found === undefined) return
    if (++this.differing > MAX_TOLD) return
    this.differences.push({
      ...(table !== undefined && { table }),
      key,
      path: found.path,
      ...(found.one !== undefined && { served: JSON.stringify(found.one).slice(0, MAX_VALUE) }),
      ...(found.other !== undefined && { other: JSON.stringify(found.other).slice(0, MAX_VALUE) }),
    })
  }
}
