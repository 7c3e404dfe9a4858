import type { Position } from '../position.ts'
import type { Row, Statement, Table } from './statement.ts'

/** A stored document: JSON, an object at the top. Who reads it never changes it; the next commit may, in place. */
export type StoredDocument = Readonly<Record<string, unknown>>

/** One change of one document. A `patch` is an RFC 7396 merge patch; of a document that is not there it does nothing. */
export type Write =
  | { readonly kind: 'put'; readonly document: StoredDocument }
  | { readonly kind: 'patch'; readonly patch: StoredDocument }
  | { readonly kind: 'delete' }

export interface List {
  readonly prefix: string
  /** Only keys after it, if not empty. */
  readonly after: string
  readonly limit: number
}

export interface Entry {
  readonly key: string
  readonly document: StoredDocument
}

/** The documents of a read model. */
export interface DocumentReader {
  /** As of the last commit. */
  get(key: string): StoredDocument | undefined | Promise<StoredDocument | undefined>
  /** In the order of the keys' UTF-16 code units. As of the last commit. */
  list(list: List): readonly Entry[] | Promise<readonly Entry[]>
}

/** All that is stored of a read model. */
export interface StoredReader extends DocumentReader {
  /**
   * What a statement that only reads gives, as of the last commit. There where the model was opened with tables. Fails
   * with `STATEMENT_REFUSED` where the database refuses it, or it would write.
   */
  rows?(statement: Statement): readonly Row[] | Promise<readonly Row[]>
}

/** Where the read models of one instance live. Adapters prove themselves with `readStoreContract`. */
export interface ReadStore extends AsyncDisposable {
  readonly isShared: false
  /** Whether what is stored is gone when the process ends: every start folds the log from its beginning. */
  readonly isVolatile?: boolean
  /** Whether models may have tables of their own: there is SQL. */
  readonly hasTables?: boolean
  /**
   * Opens the model of that name and version; one of another version is left as it is. The opener becomes its owner:
   * who opened it before is fenced. `migrations`, where there are any, are SQL that makes the model's tables, which are
   * apart from every other model's: each runs once, in order, all in one transaction. Those that ran before must be the
   * first of them (or they the first of those: older code may open what newer code has made). Fails with
   * `STORE_UNAVAILABLE`, `STORE_DAMAGED`, `MIGRATIONS_CHANGED`, and `STATEMENT_REFUSED` where the database refuses one.
   */
  open(name: string, version: string, migrations?: readonly string[]): Promise<ReadModel>
  /** Removes the model of that name and version, if there is one. Whoever has it open can commit nothing any more. */
  remove(name: string, version: string): Promise<void>
}

/** One read model, held by one owner. */
export interface ReadModel extends StoredReader {
  /** In the order of their names; undefined where it was opened without migrations. */
  readonly tables?: readonly Table[]
  /** Which events are in it: all of each partition before its offset. As of the last commit, and another object after every one. */
  readonly checkpoint: Position
  /**
   * Stores all `writes` (in their order, a key may come once), what `statements` do (in their order, where the model has
   * tables) and `checkpoint`, or nothing. Fails with `STORE_FENCED` where the model has been opened by another owner
   * since, `STORE_UNAVAILABLE`, `STORE_FULL`, and `STATEMENT_REFUSED`, with the index of the statement that the database
   * refuses as `at.statement`.
   */
  commit(writes: ReadonlyMap<string, Write>, checkpoint: Position, statements?: readonly Statement[]): Promise<void>
}
