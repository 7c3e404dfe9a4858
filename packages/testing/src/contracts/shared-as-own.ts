import type { PartitionFold, Position, ReadStore, SharedReadStore, Statement, Write } from '@millrace/core'

let owners = 0

/** A shared store as if it were one instance's own: who opens a model claims its partitions. For what both kinds must do. */
export const sharedAsOwn = (shared: SharedReadStore): ReadStore => ({
  isShared: false,
  hasTables: shared.hasTables ?? false,
  async open(name, version, migrations) {
    const model = await shared.open(name, version, migrations)
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
      ...(model.tables && { tables: model.tables, rows: (statement: Statement) => model.rows!(statement) }),
      async commit(writes: ReadonlyMap<string, Write>, checkpoint: Position, statements: readonly Statement[] = []) {
        let rest = { writes, statements }
        for (const [partition, next] of checkpoint) {
          await (await claimed(partition)).commit({ ...rest, reads: new Map(), next })
          rest = { writes: new Map(), statements: [] }
        }
      },
    }
  },
  remove: (name, version) => shared.remove(name, version),
  [Symbol.asyncDispose]: () => shared[Symbol.asyncDispose](),
})
