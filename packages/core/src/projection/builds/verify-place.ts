import type { Log } from '../../ports/log.ts'
import { createMemoryReadStore } from '../../ports/memory-read-store.ts'
import type { ReadModel, ReadStore } from '../../ports/read-store.ts'
import type { PartitionFold, SharedReadModel, SharedReadStore } from '../../ports/shared-read-store.ts'
import type { Projection } from '../projection.ts'

export interface Place extends AsyncDisposable {
  readonly model: ReadModel
}

/** Under which version a build that is only made to be compared is in the store. */
export const verifyPlaceOf = (log: Log): string => `verify of ${log.identity}`

/**
 * Where the log is folded once more: in memory; or, where there are tables, in the same store, in a build of its own that
 * is removed in the end. One that a killed process left is removed first, and so is one that is under way: that fails.
 */
export async function openVerifyPlace(projection: Projection, log: Log, store: ReadStore | SharedReadStore): Promise<Place> {
  const { name, tables } = projection
  if (tables.length === 0) {
    const memory = createMemoryReadStore()
    return { model: await memory.open(name, 'verify'), [Symbol.asyncDispose]: () => memory[Symbol.asyncDispose]() }
  }
  const place = verifyPlaceOf(log)
  await store.remove(name, place)
  const model = store.isShared ? foldedAlone(await store.open(name, place, tables)) : await store.open(name, place, tables)
  return { model, [Symbol.asyncDispose]: () => store.remove(name, place) }
}

/** A model of a shared store that nobody else folds. */
function foldedAlone(model: SharedReadModel): ReadModel {
  const folds = new Map<number, PartitionFold>()
  return {
    get checkpoint() {
      return model.checkpoint
    },
    ...(model.tables && { tables: model.tables }),
    get: async (key) => (await model.read(key)).document,
    list: (list) => model.list(list),
    rows: (statement) => model.rows!(statement),
    async commit(writes, checkpoint, statements = []) {
      for (const [partition, next] of checkpoint) {
        const fold = folds.get(partition) ?? (await model.claim(partition, 0))
        folds.set(partition, fold)
        if (fold.next === next) continue
        // What has been read is of this fold alone, so nothing that it was made from changes.
        while (!(await fold.commit({ writes, reads: new Map(), statements, next })));
        return
      }
    },
  }
}
