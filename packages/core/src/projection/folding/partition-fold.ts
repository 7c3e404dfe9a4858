import { MillraceError } from '../../errors.ts'
import { pause } from '../../internal/pause.ts'
import type { Batch, OwnedShard } from '../../ports/log.ts'
import type { PartitionFold, SharedReadModel } from '../../ports/shared-read-store.ts'
import { BatchQueue } from './batch-queue.ts'
import { CheckedReader } from './checked-reader.ts'
import { toFoldError } from './fold-batch.ts'
import { MAX_RECORDS, RETRY_MS, type FoldContext } from './fold-context.ts'
import { eventIn, foldGroup, noteRefused, type FoldedGroup, type Refused } from './fold-group.ts'
import { loadParkedKeys, ParkedKeys } from '../parking/parked-keys.ts'
import { Progress, type WaitingForPosition } from './progress.ts'

/** How long to wait after that many conflicts in a row, at most. The first few cost nothing: somebody's commit went through. */
const MAX_CONFLICT_MS = 64

/** A shard that is owned here, as far as its fold into a read model goes. */
export type Held = Pick<OwnedShard, 'partition' | 'marker' | 'signal'>

export interface PartitionFoldContext extends FoldContext {
  /** Told that a commit was stored. */
  readonly onStored: () => void
  /** Waits before another attempt; resolves early, with true, where the store is known to be back. */
  readonly untilRetry: (ms: number, signal: AbortSignal) => Promise<boolean>
  /** Who waits here for the read model to come to a position. */
  readonly waiting: WaitingForPosition
}

/**
 * Folds one partition into a read model that other instances fold other partitions into, for as long as its shard is
 * owned here: one assignment for both. The marker of the shard's owner is the token that fences those before it. When
 * the store fails it claims again, which says where to go on. Rejects where it can't go on.
 */
export async function foldPartition(model: SharedReadModel, shard: Held, context: PartitionFoldContext): Promise<void> {
  const { partition, marker, signal } = shard
  const refused = new Map<string, Error>()
  let delayMs: number = RETRY_MS[0]
  const onStored = (): void => {
    delayMs = RETRY_MS[0]
    context.onStored()
  }
  while (!signal.aborted) {
    try {
      const fold = await model.claim(partition, marker)
      const parked = new ParkedKeys((await loadParkedKeys(model)).filter((each) => each.partition === partition))
      await foldFrom(model, fold, { ...context, onStored, parked, refused }, { partition, signal })
    } catch (error) {
      if (signal.aborted || (error instanceof MillraceError && error.code === 'STORE_FENCED')) return
      if (noteRefused(refused, error)) continue
      if (!(error instanceof MillraceError) || !error.retriable) throw error
      context.onRetry(error)
      const isBack = await context.untilRetry(delayMs, signal)
      delayMs = isBack ? RETRY_MS[0] : Math.min(delayMs * 2, RETRY_MS[1])
    }
  }
}

interface Parked {
  /** The keys of the partition that are parked. */
  readonly parked: ParkedKeys
  readonly refused: Refused
}

async function foldFrom(
  model: SharedReadModel,
  fold: PartitionFold,
  context: PartitionFoldContext & Parked,
  { partition, signal }: Pick<Held, 'partition' | 'signal'>,
): Promise<void> {
  const stop = new AbortController()
  const stopped = AbortSignal.any([signal, stop.signal])
  const queue = new BatchQueue(MAX_RECORDS)
  const filling = queue.fill(context.log.read(partition, fold.next, stopped), stopped)
  const progress = new Progress(fold.next, { ...context, partition, signal: stopped, wake: () => queue.wake() })
  const folding = async (): Promise<void> => {
    for (;;) {
      const batches = await queue.take(stopped, { isDue: () => progress.isDue })
      if (stopped.aborted) return
      await foldBatches(model, fold, batches, { ...context, progress, signal: stopped })
      for (const batch of batches) context.trace.batch(batch, context.projection.name)
    }
  }
  try {
    await Promise.race([folding(), filling])
  } finally {
    stop.abort()
    await filling.catch(() => undefined)
  }
}

/** Folds and commits `batches`, again and again while other partitions' commits change the documents it was made from. */
async function foldBatches(
  model: SharedReadModel,
  fold: PartitionFold,
  batches: readonly Batch[],
  context: PartitionFoldContext & Parked & { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<void> {
  const { projection, clock, signal, progress, onParked } = context
  const next = batches.reduce((furthest, batch) => Math.max(furthest, batch.next), progress.next)
  let isCareful = context.refused.size > 0
  for (let conflicts = 0; !signal.aborted; conflicts++) {
    if (conflicts > 2) await pause(clock, Math.min(2 ** (conflicts - 2), MAX_CONFLICT_MS), signal)
    const reader = new CheckedReader(model)
    const from = new Map(batches.map(({ partition }) => [partition, progress.next]))
    let folded: FoldedGroup
    try {
      folded = await foldGroup(batches, from, { ...context, mayPark: context.mayPark(), reader, isCareful })
    } catch (error) {
      // It may have thrown at documents that do not fit each other: committing nothing says whether they were as read.
      const isTrue = await fold.commit({ writes: new Map(), reads: reader.reads, next: fold.next })
      if (isTrue && (isCareful || eventIn(error) === undefined)) throw error
      isCareful = true
      continue
    }
    const { writes, changes, transaction } = folded
    const { statements } = transaction
    const isIdle = writes.size === 0 && statements.length === 0 && reader.reads.size === 0
    if (isIdle && progress.mayWait(next)) return
    const isStored = await fold.commit({ writes, reads: reader.reads, statements, next }).catch((error: unknown) => {
      throw toFoldError(projection, transaction, error)
    })
    if (!isStored) continue
    progress.stored(next)
    changes.settle()
    context.onStored()
    if (changes.news.length > 0) onParked(changes.news)
    return
  }
}
