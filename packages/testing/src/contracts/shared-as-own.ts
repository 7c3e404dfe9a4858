import type { PartitionFold, Position, ReadStore, SharedReadStore, Write } from '@millrace/core'

let owners = 0

/** A shared store as if it were one instance's own: who opens a model claims its partitions. For what both kinds must do. */
export const sharedAsOwn = (shared: SharedReadStore): ReadStore => ({
  isShared: false,
  async open(name, version) {
    const model = await shared.open(name, version)
    const owner = ++owners
    const folds = new Map<number, PartitionFold>()
    const claimed = async (partition: number): Promise<PartitionFold> => {
      const fold = folds.get(partition) ?? (await model.claim(partition, owner))
      folds.set(partition, fold)
      return fold
    }
    await claimed(0)
    return {
      get checkpoint() {
        return model.checkpoint
      },
      get: (key) => model.get(key),
      list: async (list) => (await model.list(list)).map(({ key, document }) => ({ key, document })),
      async commit(writes: ReadonlyMap<string, Write>, checkpoint: Position) {
        let rest = writes
        for (const [partition, next] of checkpoint) {
          await (await claimed(partition)).commit({ writes: rest, reads: new Map(), next })
          rest = new Map()
        }
      },
    }
  },
  remove: (name, version) => shared.remove(name, version),
  [Symbol.asyncDispose]: () => shared[Symbol.asyncDispose](),
})
