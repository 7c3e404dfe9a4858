import assert from 'node:assert/strict'
import type { Position, ReadModel, ReadStore, StoredDocument, Write } from '@millrace/core'
import type { ContractCase } from './contract.ts'
import { awkwardTexts, rejectsWith } from './fixtures.ts'

const put = (document: StoredDocument): Write => ({ kind: 'put', document })
const patch = (change: StoredDocument): Write => ({ kind: 'patch', patch: change })
const remove: Write = { kind: 'delete' }
const at = (next: number): Position => new Map([[0, next]])
const all = { prefix: '', after: '', limit: 10_000 }

/** Commits `writes`, at a checkpoint that is one further. */
const commit = (model: ReadModel, writes: Readonly<Record<string, Write>> | readonly (readonly [string, Write])[]): Promise<void> =>
  model.commit(new Map(Array.isArray(writes) ? writes : Object.entries(writes)), at((model.checkpoint.get(0) ?? 0) + 1))

/** The RFC's own examples (appendix A), as far as both sides are objects at the top, and what they leave open to mistakes. */
const patches: readonly { readonly of: string; readonly by: string; readonly gives: string }[] = [
  { of: '{"a":"b"}', by: '{"a":"c"}', gives: '{"a":"c"}' },
  { of: '{"a":"b"}', by: '{"b":"c"}', gives: '{"a":"b","b":"c"}' },
  { of: '{"a":"b"}', by: '{"a":null}', gives: '{}' },
  { of: '{"a":"b","b":"c"}', by: '{"a":null}', gives: '{"b":"c"}' },
  { of: '{"a":["b"]}', by: '{"a":"c"}', gives: '{"a":"c"}' },
  { of: '{"a":"c"}', by: '{"a":["b"]}', gives: '{"a":["b"]}' },
  { of: '{"a":{"b":"c"}}', by: '{"a":{"b":"d","c":null}}', gives: '{"a":{"b":"d"}}' },
  { of: '{"a":[{"b":"c"}]}', by: '{"a":[1]}', gives: '{"a":[1]}' },
  { of: '{"e":null}', by: '{"a":1}', gives: '{"e":null,"a":1}' },
  { of: '{}', by: '{"a":{"bb":{"ccc":null}}}', gives: '{"a":{"bb":{}}}' },
  { of: '{"a":[1,2]}', by: '{"a":{"b":1,"c":null}}', gives: '{"a":{"b":1}}' },
  { of: '{"a":{"b":{"c":1,"d":2},"e":3}}', by: '{"a":{"b":{"c":null}}}', gives: '{"a":{"b":{"d":2},"e":3}}' },
  { of: '{"a":[{"b":null}]}', by: '{"c":[null,{"d":null}]}', gives: '{"a":[{"b":null}],"c":[null,{"d":null}]}' },
  { of: '{"a":1}', by: '{}', gives: '{"a":1}' },
  { of: '{"a":{"":1,"ä\\"":2}}', by: '{"a":{"":null,"ä\\"":3,"💺":4}}', gives: '{"a":{"ä\\"":3,"💺":4}}' },
  {
    of: '{"a":1}',
    by: '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    gives: '{"a":1,"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  },
  { of: '{"a":0,"b":false,"c":""}', by: '{"a":false,"b":"","c":0}', gives: '{"a":false,"b":"","c":0}' },
]

const parse = (text: string): StoredDocument => JSON.parse(text) as StoredDocument

/** What every `ReadStore` must do. */
export const readStoreContract: readonly ContractCase<ReadStore>[] = [
  {
    name: 'opens a new model empty, at the beginning',
    async run(open) {
      await using store = await open()
      const model = await store.open('seats', '1')
      assert.equal(model.checkpoint.size, 0)
      assert.equal(await model.get('a'), undefined)
      assert.deepEqual(await model.list(all), [])
    },
  },
  {
    name: 'shows writes and checkpoint once they are committed, not before',
    async run(open) {
      await using store = await open()
      const model = await store.open('seats', '1')
      const committing = model.commit(
        new Map([['a', put({ n: 1, nested: { list: [1, null, 'x'] } })]]),
        new Map([
          [0, 5],
          [3, Number.MAX_SAFE_INTEGER],
        ]),
      )
      await committing
      assert.deepEqual(await model.get('a'), { n: 1, nested: { list: [1, null, 'x'] } })
      assert.deepEqual(
        new Map(model.checkpoint),
        new Map([
          [0, 5],
          [3, Number.MAX_SAFE_INTEGER],
        ]),
      )
    },
  },
  {
    name: 'commits a checkpoint without writes',
    async run(open) {
      await using store = await open()
      const model = await store.open('seats', '1')
      await model.commit(new Map(), at(7))
      assert.deepEqual(new Map(model.checkpoint), new Map([[0, 7]]))
      assert.deepEqual(new Map((await store.open('seats', '1')).checkpoint), new Map([[0, 7]]))
    },
  },
  {
    name: 'replaces a document whole, and deletes it',
    async run(open) {
      await using store = await open()
      const model = await store.open('seats', '1')
      await commit(model, { a: put({ old: 1 }), b: put({ b: 1 }) })
      await commit(model, { a: put({ new: 2 }), missing: remove })
      assert.deepEqual(await model.get('a'), { new: 2 })
      await commit(model, { a: remove })
      assert.equal(await model.get('a'), undefined)
      assert.deepEqual(await model.list(all), [{ key: 'b', document: { b: 1 } }])
      await commit(model, { a: put({ again: 3 }) })
      assert.deepEqual(await model.get('a'), { again: 3 })
    },
  },
  ...patches.map(({ of, by, gives }): ContractCase<ReadStore> => ({
    name: `patches ${of} by ${by} as RFC 7396 says`,
    async run(open) {
      await using store = await open()
      const model = await store.open('seats', '1')
      await commit(model, { a: put(parse(of)) })
      await commit(model, { a: patch(parse(by)) })
      const stored = await model.get('a')
      assert.deepEqual(stored, parse(gives))
      assert.equal(Reflect.get({}, 'polluted'), undefined)
      assert.deepEqual(Object.keys(stored).sort(), Object.keys(parse(gives)).sort())
    },
  })),
  {
    name: 'does nothing when it patches a document that is not there',
    async run(open) {
      await using store = await open()
      const model = await store.open('seats', '1')
      await commit(model, { missing: patch({ a: 1 }), there: put({}) })
      assert.equal(await model.get('missing'), undefined)
      await commit(model, { there: remove })
      await commit(model, { there: patch({ a: 1 }) })
      assert.equal(await model.get('there'), undefined)
      assert.deepEqual(await model.list(all), [])
    },
  },
  {
    name: 'patches one entry of a large document, many times',
    async run(open) {
      await using store = await open()
      const model = await store.open('seats', '1')
      const taken = Object.fromEntries(Array.from({ length: 20_000 }, (_, seat) => [`A-1-${seat}`, 'free']))
      await commit(model, { arena: put({ taken }) })
      for (let seat = 0; seat < 200; seat++)
        await commit(model, { arena: patch({ taken: { [`A-1-${seat}`]: seat % 3 === 0 ? null : 'sold' } }) })
      const document = await model.get('arena')
      const now = document?.['taken'] as Readonly<Record<string, string>>
      assert.equal(Object.keys(now).length, 20_000 - 67)
      assert.equal(now['A-1-1'], 'sold')
      assert.equal(now['A-1-3'], undefined)
      assert.equal(now['A-1-200'], 'free')
    },
  },
  {
    name: 'lists documents in the order of their keys, by UTF-16 code units',
    async run(open) {
      await using store = await open()
      const model = await store.open('seats', '1')
      const keys = ['b', 'a', 'B', '10', '9', '', 'é', 'z', '\uff5e', '😀', 'a\u0301', 'a b', 'aa', 'ab', '\u007f', 'ß']
      await commit(
        model,
        keys.map((key) => [key, put({ key })] as const),
      )
      const listed = await model.list(all)
      assert.deepEqual(
        listed,
        [...keys].sort().map((key) => ({ key, document: { key } })),
      )
    },
  },
  {
    name: 'lists by prefix, after a key, and no more than asked for',
    async run(open) {
      await using store = await open()
      const model = await store.open('seats', '1')
      const keys = ['a', 'a/1', 'a/2', 'a/3', 'a/\uffff', 'a/😀', 'a0', 'b/1', 'A/1', 'a%', 'a_b', 'a*', 'a[1]']
      await commit(
        model,
        keys.map((key) => [key, put({ key })] as const),
      )
      const listed = async (prefix: string, after: string, limit: number): Promise<readonly unknown[]> =>
        (await model.list({ prefix, after, limit })).map(({ key }) => key)
      for (const prefix of ['', 'a', 'a/', 'a%', 'a_', 'a*', 'a[', 'A', 'b/1', 'nothing', 'a/\uffff']) {
        for (const after of ['', 'a', 'a/', 'a/1', 'a/2', 'a/3', 'b', 'zzz', 'a/\uffff']) {
          const expected = keys.filter((key) => key.startsWith(prefix) && (after === '' || key > after)).sort()
          assert.deepEqual(await listed(prefix, after, 100), expected, `prefix '${prefix}' after '${after}'`)
          assert.deepEqual(await listed(prefix, after, 2), expected.slice(0, 2), `two of prefix '${prefix}' after '${after}'`)
        }
      }
    },
  },
  {
    name: 'takes any text as a key, and any JSON in a document',
    async run(open) {
      await using store = await open()
      const model = await store.open('seats', '1')
      const document = (key: string): StoredDocument =>
        parse(JSON.stringify({ key, 'a "quoted" name': [true, false, null, 0, -1.5, 1e300, '', '🎟️\u2028'], empty: {}, none: [] }))
      await commit(
        model,
        [...awkwardTexts, 'a\u0000b'].map((key) => [key, put(document(key))] as const),
      )
      for (const key of [...awkwardTexts, 'a\u0000b']) assert.deepEqual(await model.get(key), document(key))
      assert.equal(await model.get('toString'), undefined)
      assert.equal(await model.get('a'), undefined)
    },
  },
  {
    name: 'keeps a property named __proto__ as data',
    async run(open) {
      await using store = await open()
      const model = await store.open('seats', '1')
      await commit(model, { a: put(parse('{"__proto__":{"polluted":true}}')) })
      const stored = await model.get('a')
      assert.deepEqual(Object.keys(stored ?? {}), ['__proto__'])
      assert.equal(Reflect.get({}, 'polluted'), undefined)
    },
  },
  {
    name: 'commits thousands of documents at once',
    async run(open) {
      await using store = await open()
      const model = await store.open('seats', '1')
      await commit(
        model,
        Array.from({ length: 5_000 }, (_, n) => [`k${String(n).padStart(5, '0')}`, put({ n })] as const),
      )
      const listed = await model.list({ prefix: '', after: 'k02499', limit: 1_000 })
      assert.deepEqual(
        listed.map(({ document }) => document['n']),
        Array.from({ length: 1_000 }, (_, n) => 2_500 + n),
      )
    },
  },
  {
    name: 'keeps models of other names and versions apart',
    async run(open) {
      await using store = await open()
      const [one, two, other] = [await store.open('seats', '1'), await store.open('seats', '2'), await store.open('sales', '1')]
      await commit(one, { a: put({ from: 'seats 1' }) })
      await commit(two, { a: put({ from: 'seats 2' }), b: put({}) })
      assert.equal(await other.get('a'), undefined)
      assert.equal(other.checkpoint.size, 0)
      assert.deepEqual(await one.get('a'), { from: 'seats 1' })
      assert.deepEqual(await two.get('a'), { from: 'seats 2' })
      assert.deepEqual(await one.list(all), [{ key: 'a', document: { from: 'seats 1' } }])
      await commit(two, { a: remove })
      assert.deepEqual(await one.get('a'), { from: 'seats 1' })
    },
  },
  {
    name: 'removes a model, and stores nothing more of who has it open',
    async run(open) {
      await using store = await open()
      const [removed, other] = [await store.open('seats', '1'), await store.open('seats', '2')]
      for (const model of [removed, other]) await commit(model, { a: put({ n: 1 }) })
      await store.remove('seats', '1')
      await assert.rejects(commit(removed, { a: put({ n: 2 }) }), { code: 'STORE_FENCED' })
      const anew = await store.open('seats', '1')
      assert.equal(anew.checkpoint.size, 0)
      assert.deepEqual(await anew.list(all), [])
      await commit(anew, { b: put({ n: 3 }) })
      assert.deepEqual(await anew.list(all), [{ key: 'b', document: { n: 3 } }])
      assert.deepEqual(await other.get('a'), { n: 1 })
      await store.remove('sales', '1')
    },
  },
  {
    name: 'fences who opened a model before, and stores nothing of theirs',
    async run(open) {
      await using store = await open()
      const former = await store.open('seats', '1')
      await commit(former, { a: put({ by: 'former' }), kept: put({ n: 1 }) })
      const next = await store.open('seats', '1')
      assert.deepEqual(new Map(next.checkpoint), new Map([[0, 1]]))
      assert.deepEqual(await next.get('a'), { by: 'former' })
      await rejectsWith(
        former.commit(
          new Map([
            ['a', put({ by: 'zombie' })],
            ['kept', remove],
          ]),
          at(99),
        ),
        'STORE_FENCED',
      )
      await commit(next, { a: patch({ since: 'takeover' }) })
      await rejectsWith(commit(former, { kept: remove }), 'STORE_FENCED')
      assert.deepEqual(await next.get('a'), { by: 'former', since: 'takeover' })
      assert.deepEqual(await next.get('kept'), { n: 1 })
      assert.deepEqual(new Map(next.checkpoint), new Map([[0, 2]]))
    },
  },
  {
    name: 'fences nobody when another model or version is opened',
    async run(open) {
      await using store = await open()
      const model = await store.open('seats', '1')
      await store.open('seats', '2')
      await store.open('sales', '1')
      await commit(model, { a: put({}) })
      assert.deepEqual(await model.get('a'), {})
    },
  },
]

/** For stores that keep what they hold: here a second `open` gives the same storage, once the first store was disposed. */
export const durableReadStoreContract: readonly ContractCase<ReadStore>[] = [
  {
    name: 'has documents and checkpoint after it was closed and opened again',
    async run(open) {
      {
        await using store = await open()
        const model = await store.open('seats', '1')
        await commit(model, { a: put({ n: 1, list: [1] }), b: put({}) })
        await commit(model, { a: patch({ n: 2 }), b: remove })
      }
      await using store = await open()
      const model = await store.open('seats', '1')
      assert.deepEqual(new Map(model.checkpoint), new Map([[0, 2]]))
      assert.deepEqual(await model.get('a'), { n: 2, list: [1] })
      assert.deepEqual(await model.list(all), [{ key: 'a', document: { n: 2, list: [1] } }])
      assert.equal((await store.open('seats', '2')).checkpoint.size, 0)
    },
  },
]
