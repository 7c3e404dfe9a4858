import type { Position } from '../position.ts'

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

/** Where the read models of one instance live. Adapters prove themselves with `readStoreContract`. */
export interface ReadStore extends AsyncDisposable {
  readonly isShared: false
  /**
   * Opens the model of that name and version; one of another version is left as it is. The opener becomes its owner:
   * who opened it before is fenced. Fails with `STORE_UNAVAILABLE`, `STORE_DAMAGED`.
   */
  open(name: string, version: string): Promise<ReadModel>
  /** Removes the model of that name and version, if there is one. Whoever has it open can commit nothing any more. */
  remove(name: string, version: string): Promise<void>
}

/** One read model, held by one owner. */
export interface ReadModel extends DocumentReader {
  /** Which events are in it: all of each partition before its offset. As of the last commit. */
  readonly checkpoint: Position
  /**
   * Stores all `writes` (in their order, a key may come once) and `checkpoint`, or nothing. Fails with `STORE_FENCED`
   * where the model has been opened by another owner since, `STORE_UNAVAILABLE`, `STORE_FULL`.
   */
  commit(writes: ReadonlyMap<string, Write>, checkpoint: Position): Promise<void>
}
