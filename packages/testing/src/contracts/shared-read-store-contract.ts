import assert from 'node:assert/strict'
import {
  fragment as sql,
  systemClock,
  type PartitionFold,
  type ReadStore,
  type SharedReadModel,
  type SharedReadStore,
  type StoredDocument,
  type ToldWrites,
  type Write,
} from '@millrace/core'
import type { ContractCase } from './contract.ts'
import { rejectsWith } from './fixtures.ts'
import { durableReadStoreContract, readStoreContract } from './read-store-contract.ts'
import { sharedAsOwn } from './shared-as-own.ts'
import { durableTablesContract, tablesContract } from './tables-contract.ts'

const put = (document: StoredDocument): Write => ({ kind: 'put', document })
const patch = (changes: StoredDocument): Write => ({ kind: 'patch', patch: changes })
const remove: Write = { kind: 'delete' }
const all = { prefix: '', after: '', limit: 10_000 }
const nothing: ReadonlyMap<string, number> = new Map()
const PATIENCE_MS = 60_000

const commit = (
  fold: PartitionFold,
  writes: Readonly<Record<string, Write>>,
  reads: Readonly<Record<string, number>> = {},
): Promise<boolean> => fold.commit({ writes: new Map(Object.entries(writes)), reads: new Map(Object.entries(reads)), next: fold.next + 1 })

async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!(await isTrue())) {
    assert.ok(performance.now() < deadline, `${what}: not within ${PATIENCE_MS} ms`)
    await new Promise<void>((resolve) => void systemClock.after(2, resolve))
  }
}

interface Told {
  readonly checkpoint: number
  readonly writes: ToldWrites | undefined
}

/** What is told of `model` from now on, with how far partition 0 is then. */
function listen(model: SharedReadModel): readonly Told[] {
  const told: Told[] = []
  model.follow((writes) => {
    told.push({ checkpoint: model.checkpoint.get(0) ?? 0, writes })
  })
  return told
}

/** Two instances of the same model. */
async function opened(store: SharedReadStore): Promise<readonly [SharedReadModel, SharedReadModel]> {
  return [await store.open('seats', '1'), await store.open('seats', '1')]
}

const ofAll = ({ name, run }: ContractCase<ReadStore>): ContractCase<SharedReadStore> => ({
  name,
  run: (open) => run(async () => sharedAsOwn(await open())),
})

/** What every `SharedReadStore` must do: all that a `ReadStore` does, and what several owners need. */
export const sharedReadStoreContract: readonly ContractCase<SharedReadStore>[] = [
  ...readStoreContract.map(ofAll),
  {
    name: 'tells all instances of every commit, in order, with the checkpoint moved and the documents changed',
    async run(open) {
      await using store = await open()
      const [one, other] = await opened(store)
      const told = [listen(one), listen(other)]
      const fold = await one.claim(0, 1)
      assert.equal(fold.next, 0)
      const changes: readonly Readonly<Record<string, Write>>[] = [
        { a: put({ n: 1, 'ä 🎟️': { deep: [null] } }), b: put({}) },
        { a: patch({ n: 2, gone: null }) },
        { 'b\u0000\ud800': put({ odd: true }), b: remove },
      ]
      for (const writes of changes) assert.equal(await commit(fold, writes), true)
      assert.equal(fold.next, 3)
      for (const [at, model] of [one, other].entries()) {
        await until('all is told', () => model.checkpoint.get(0) === 3)
        const heard = told[at]!
        assert.deepEqual(
          heard.map(({ checkpoint }) => checkpoint),
          [1, 2, 3],
        )
        assert.deepEqual(
          heard.map(({ writes }) => writes && Object.fromEntries(writes)),
          changes.map((writes) => ({ ...writes })),
        )
        assert.deepEqual(await model.get('a'), { n: 2, 'ä 🎟️': { deep: [null] } })
        assert.equal(await model.get('b'), undefined)
        assert.deepEqual(await model.get('b\u0000\ud800'), { odd: true })
      }
    },
  },
  {
    name: 'tells of writes that are too large to be told, by key or at all',
    async run(open) {
      await using store = await open()
      const [one, other] = await opened(store)
      const told = listen(other)
      const fold = await one.claim(0, 1)
      const large = 'x'.repeat(100_000)
      assert.deepEqual([await other.get('a'), await other.get('b')], [undefined, undefined])
      await commit(fold, { a: put({ large }), b: put({ n: 1 }) })
      await commit(fold, Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`key ${n}`, put({ n, large: large.slice(0, 100) })])))
      await commit(fold, { b: patch({ n: 2 }) })
      await until('all is told', () => other.checkpoint.get(0) === 3)
      for (const { writes } of told) for (const [key, write] of writes ?? []) assert.ok(write === undefined || key.length > 0)
      const first = told[0]?.writes
      if (first !== undefined) assert.deepEqual([...first.keys()], ['a', 'b'])
      assert.deepEqual([await other.get('a'), await other.get('b')], [{ large }, { n: 2 }])
      assert.deepEqual(await other.get('key 4999'), { n: 4_999, large: large.slice(0, 100) })
    },
  },
  {
    name: 'stores nothing of what was made from documents that have changed since',
    async run(open) {
      await using store = await open()
      const [one, other] = await opened(store)
      const [mine, theirs] = [await one.claim(0, 1), await other.claim(1, 1)]
      await commit(mine, { a: put({ n: 1 }), b: put({ n: 1 }), c: put({ n: 1 }) })
      await until('it is told', () => other.checkpoint.get(0) === 1)
      const change: readonly (readonly [string, Write])[] = [
        ['a', put({ n: 1 })],
        ['b', patch({ n: 2 })],
        ['c', remove],
        ['d', put({ n: 1 })],
      ]
      for (const [key, write] of change) {
        const { version } = await other.read(key)
        assert.equal(await commit(mine, { [key]: write }), true)
        const before = theirs.next
        assert.equal(await commit(theirs, { [key]: put({ late: true }), e: put({}) }, { [key]: version }), false, `${key} has changed`)
        assert.equal(theirs.next, before)
        assert.equal((await other.read('e')).document, undefined)
        const anew = await other.read(key)
        assert.notEqual(anew.version, version)
        assert.equal(await commit(theirs, { [`${key} seen`]: put({}) }, { [key]: anew.version }), true, `${key} as it is now`)
      }
      assert.deepEqual((await one.read('b')).document, { n: 2 })
    },
  },
  {
    name: 'gives no two states of a document the same version, and none the version of nothing',
    async run(open) {
      await using store = await open()
      const model = await store.open('seats', '1')
      const fold = await model.claim(0, 1)
      const absent = await model.read('a')
      assert.deepEqual([absent.document, absent.version], [undefined, 0])
      const versions = new Set<number>()
      for (const write of [put({ n: 1 }), put({ n: 1 }), patch({ n: 2 }), patch({}), remove, put({ n: 1 }), remove]) {
        await commit(fold, { a: write })
        const { document, version } = await model.read('a')
        assert.equal(document === undefined, write.kind === 'delete')
        if (document !== undefined) {
          assert.ok(version > 0 && !versions.has(version), `version ${version}`)
          versions.add(version)
          assert.deepEqual(await model.list(all), [{ key: 'a', document, version }])
        } else assert.equal(version, 0)
      }
    },
  },
  {
    name: 'lets a partition be claimed with a token that is not lower, and go on where it is',
    async run(open) {
      await using store = await open()
      const [one, other] = await opened(store)
      const former = await one.claim(0, 5)
      await commit(former, { a: put({ by: 'former' }) })
      assert.equal((await one.claim(0, 5)).next, 1)
      const owner = await other.claim(0, 9)
      assert.equal(owner.next, 1)
      await rejectsWith(commit(former, { a: put({ by: 'zombie' }) }), 'STORE_FENCED')
      await rejectsWith(one.claim(0, 8), 'STORE_FENCED')
      await rejectsWith(former.commit({ writes: new Map(), reads: nothing, next: 99 }), 'STORE_FENCED')
      await commit(owner, { a: patch({ then: 'owner' }) })
      await until('both know', () => [one, other].every(({ checkpoint }) => checkpoint.get(0) === 2))
      for (const model of [one, other]) assert.deepEqual(await model.get('a'), { by: 'former', then: 'owner' })
      await commit(await one.claim(1, 1), { b: put({}) })
      assert.equal((await other.claim(1, 1)).next, 1)
    },
  },
  {
    name: 'counts right when all partitions write the same document',
    async run(open) {
      await using store = await open()
      const models = await opened(store)
      const [partitions, rounds] = [4, 25]
      await Promise.all(
        Array.from({ length: partitions }, async (_, partition) => {
          const model = models[partition % 2]!
          const fold = await model.claim(partition, 1)
          while (fold.next < rounds) {
            const { document, version } = await model.read('sum')
            await commit(fold, { sum: put({ n: (Number(document?.['n']) || 0) + 1 }), [`own ${partition}`]: patch({}) }, { sum: version })
          }
        }),
      )
      for (const model of models) {
        await until('all is told', () =>
          Array.from({ length: partitions }, (_, at) => model.checkpoint.get(at)).every((next) => next === rounds),
        )
        assert.deepEqual(await model.get('sum'), { n: partitions * rounds })
      }
    },
  },
  {
    name: 'reads a moment: documents that fit each other and the checkpoint, whatever is committed meanwhile',
    async run(open) {
      await using store = await open()
      const [one, other] = await opened(store)
      const fold = await one.claim(0, 1)
      const both = (n: number): Readonly<Record<string, Write>> => ({ a: put({ n }), b: patch({ n }) })
      await commit(fold, { a: put({ n: 1 }), b: put({ n: 1 }) })
      await until('it is told', () => other.checkpoint.get(0) === 1)
      await other.snapshot(async (documents, checkpoint) => {
        assert.equal(checkpoint.get(0), 1)
        assert.deepEqual(await documents.get('a'), { n: 1 })
        await commit(fold, { ...both(2), c: put({}) })
        assert.deepEqual(await documents.get('b'), { n: 1 })
        assert.deepEqual(
          (await documents.list(all)).map(({ key, document }) => [key, document]),
          [
            ['a', { n: 1 }],
            ['b', { n: 1 }],
          ],
        )
        assert.equal(await documents.get('c'), undefined)
      })
      await until('it is told', () => other.checkpoint.get(0) === 2)
      assert.equal(await other.snapshot(async (_documents, checkpoint) => checkpoint.get(0)), 2)
      await assert.rejects(
        other.snapshot(() => Promise.reject(new TypeError('of the work'))),
        TypeError,
      )
    },
  },
]

/** For stores that keep what they hold, as `durableReadStoreContract`. */
export const durableSharedReadStoreContract: readonly ContractCase<SharedReadStore>[] = durableReadStoreContract.map(ofAll)

/** For stores with `hasTables`, as `tablesContract`. */
export const sharedTablesContract: readonly ContractCase<SharedReadStore>[] = [
  ...tablesContract.map(ofAll),
  {
    name: 'executes statements of several owners one commit after the other, and tells the others',
    async run(open) {
      await using store = await open()
      const tables = ['create table totals (id text primary key, n integer not null)']
      const [one, two] = [await store.open('seats', '1', tables), await store.open('seats', '1', tables)]
      const folds = [await one.claim(0, 1), await two.claim(1, 1)]
      let told = 0
      two.follow((_writes, hasStatements = true) => (told += hasStatements ? 1 : 0))
      const add = (id: string): ReturnType<typeof sql> =>
        sql`insert into totals (id, n) values (${id}, ${1}) on conflict (id) do update set n = totals.n + 1`
      const fold = async (own: PartitionFold, ids: readonly string[]): Promise<void> => {
        for (let count = 0; count < 25;) {
          const isStored = await own.commit({ writes: new Map(), reads: nothing, statements: ids.map(add), next: own.next + 1 })
          if (isStored) count++
        }
      }
      await Promise.all([fold(folds[0]!, ['a', 'b']), fold(folds[1]!, ['b', 'a'])])
      const found = await two.rows!(sql`select id, n from totals order by id`)
      assert.deepEqual(
        found.map((row) => ({ ...row })),
        [
          { id: 'a', n: 50 },
          { id: 'b', n: 50 },
        ],
      )
      await until('all commits are told', () => told === 50)
      const moment = await two.snapshot(async (stored, checkpoint) => {
        const before = await stored.rows!(sql`select n from totals where id = ${'a'}`)
        await fold(folds[0]!, ['a'])
        const after = await stored.rows!(sql`select n from totals where id = ${'a'}`)
        return { before: before[0]?.['n'], after: after[0]?.['n'], at: checkpoint.get(0) }
      })
      assert.deepEqual(moment, { before: 50, after: 50, at: 25 })
    },
  },
]

/** For stores with `hasTables` that keep what they hold. */
export const durableSharedTablesContract: readonly ContractCase<SharedReadStore>[] = durableTablesContract.map(ofAll)
