import type { Versioned, Write } from '@millrace/core'
import type { QueryResultRow } from 'pg'
import type { Ask, Statement } from '../database/database.ts'
import type { Names } from '../database/schema.ts'
import type { CommitQueue } from './commit-queue.ts'
import type { JsonWrite } from './commit-writes.ts'
import type { DocumentCache } from './document-cache.ts'
import type { DocumentLoader } from './document-loader.ts'

/** What the fold of a partition needs of the read model it is folded into. */
export interface FoldedModel {
  readonly id: number
  readonly name: string
  readonly names: Names
  readonly cache: DocumentCache
  readonly loader: DocumentLoader
  /** Marks the commits made here: they are known before they are told. */
  readonly sender: string
  /** Rises when a connection is lost: what was claimed before is to be claimed again. */
  readonly generation: number
  read(key: string): Promise<Versioned>
  readonly queue: CommitQueue
  /** Asks about this model. Fails with `STORE_FENCED` where it has been removed. */
  ask<Row extends QueryResultRow>(statement: Statement): Promise<readonly Row[]>
  /** Runs `work` in one transaction, where the model's tables are found by their names. Fails as `ask` does. */
  commitWith<Result>(work: (ask: Ask) => Promise<Result>): Promise<Result>
  /** Told of a commit that is stored, in its turn. */
  committed(commit: FoldedCommit): void
}

export interface FoldedCommit {
  readonly number: number
  readonly partition: number
  readonly next: number
  readonly writes: ReadonlyMap<string, Write>
  readonly json: ReadonlyMap<string, JsonWrite>
}
