import type { MillraceError } from '../errors.ts'
import type { Position } from '../position.ts'
import type { Entry, List, StoredDocument, StoredReader, Write } from './read-store.ts'
import type { Statement, Table } from './statement.ts'

/**
 * Where several instances keep the same read models, and share the partitions among them. Adapters prove themselves
 * with `readStoreContract` and `sharedReadStoreContract`.
 */
export interface SharedReadStore extends AsyncDisposable {
  readonly isShared: true
  /** Whether models may have tables of their own: there is SQL. */
  readonly hasTables?: boolean
  /** Opens the model of that name and version, and fences nobody. `migrations` and failures as with `ReadStore.open`. */
  open(name: string, version: string, migrations?: readonly string[]): Promise<SharedReadModel>
  /** Removes the model of that name and version, if there is one. Whoever has it open can commit nothing any more. */
  remove(name: string, version: string): Promise<void>
  /**
   * Calls `listener` with what keeps the store from being used (`STORE_UNAVAILABLE`, in words for an operator), in about two
   * seconds, whether or not anybody uses it meanwhile; and with undefined once that is over.
   */
  watch?(listener: (trouble: MillraceError | undefined) => void): void
}

/** What a commit changed: a key whose write was too large to be told has `undefined`. */
export type ToldWrites = ReadonlyMap<string, Write | undefined>

/** One read model, as one of several instances has it. */
export interface SharedReadModel extends StoredReader {
  /** In the order of their names; undefined where it was opened without migrations. */
  readonly tables?: readonly Table[]
  /**
   * Which events are in it, as this instance has been told: what it reads is never older, but may be newer. It moves
   * with the commits of all owners.
   */
  readonly checkpoint: Position
  /**
   * Calls `listener` after every commit of whoever, in the order of the commits, with the checkpoint moved. With
   * undefined where commits may have been missed: then anything may have changed, and the checkpoint is right again.
   * `hasStatements`: it may have changed rows as well.
   */
  follow(listener: (writes: ToldWrites | undefined, hasStatements?: boolean) => void): void
  list(list: List): Promise<readonly VersionedEntry[]>
  /** As `get`, for who writes next: with a version, which no other state of that document ever has. */
  read(key: string): Promise<Versioned>
  /**
   * Runs `work` with documents and rows that are all of one moment, at or after the last commit that was told, and with the
   * checkpoint of that moment.
   */
  snapshot<Result>(work: (stored: StoredReader, checkpoint: Position) => Promise<Result>): Promise<Result>
  /**
   * Takes over the fold of a partition. `token` rises with every owner of the partition, and an owner may claim again.
   * Fails with `STORE_FENCED` where one with a higher token has claimed it, `STORE_UNAVAILABLE`.
   */
  claim(partition: number, token: number): Promise<PartitionFold>
}

export interface Versioned {
  readonly document: StoredDocument | undefined
  /** 0 where there is no document. */
  readonly version: number
}

export interface VersionedEntry extends Entry {
  readonly version: number
}

export interface PartitionCommit {
  /** A key may come once. */
  readonly writes: ReadonlyMap<string, Write>
  /** The versions of the documents that `writes` were made from. */
  readonly reads: ReadonlyMap<string, number>
  /** Executed in their order, where the model has tables. */
  readonly statements?: readonly Statement[]
  /** Of the partition: what is folded with this commit is all before it. */
  readonly next: number
}

/** One partition of a read model, held by one owner. Its commits follow one another. */
export interface PartitionFold {
  /** All before it is in the read model, whoever folded it. As of the last commit. */
  readonly next: number
  /**
   * Stores all of it and resolves with true; or nothing, and resolves with false where a document in `reads` has
   * changed since, or the database wants it tried again: read again. Fails with `STORE_FENCED` where another owner has claimed the partition since,
   * `STORE_FULL`, `STATEMENT_REFUSED` (as `ReadModel.commit`), and `STORE_UNAVAILABLE`, after which it may be stored all the same: claim again, which says.
   */
  commit(commit: PartitionCommit): Promise<boolean>
}
