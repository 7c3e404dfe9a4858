import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergePatch } from '../../ports/merge-patch.ts'
import { createMemoryReadStore } from '../../ports/memory-read-store.ts'
import type { Write } from '../../ports/read-store.ts'
import { ModelTransaction } from '../folding/model-transaction.ts'
import { isReserved } from '../parking/reserved-keys.ts'
import type { Moment } from './change.ts'
import { HistoryReader } from './history-reader.ts'
import { HistoryWriter } from './history-writer.ts'

type Doc = Record<string, unknown>

/** Numbers in [0, 1), the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed
  return () => (state = (Math.imul(state, 48_271) >>> 0) % 2_147_483_647) / 2_147_483_647
}

const KEYS = ['a', 'a:1', 'b', 'c\u0000', '0']

/** Random writes in commits of random size, and beside them all states that ever were, as copies. */
async function run(seed: number, { keepMs, commits = 60 }: { keepMs?: number; commits?: number } = {}) {
  const random = seeded(seed)
  const some = (count: number): number => Math.floor(random() * count)
  const model = await createMemoryReadStore().open('m', '1')
  const states: { offset: number; timeMs: number; documents: Map<string, Doc> }[] = []
  let documents = new Map<string, Doc>()
  let written = 0
  let offset = 0
  for (let commit = 0; commit < commits; commit++) {
    const transaction = new ModelTransaction(model, new HistoryWriter(keepMs === undefined ? {} : { keepMs }))
    for (let event = 1 + some(8); event > 0; event--, offset++) {
      transaction.history!.begin([3, offset, offset * 10])
      documents = structuredClone(documents)
      for (let writes = some(4); writes > 0; writes--) {
        const key = KEYS[some(KEYS.length)]!
        const write: Write =
          random() < 0.04
            ? { kind: 'delete' }
            : random() < 0.08
              ? { kind: 'put', document: { n: offset, list: { x: 'x'.repeat(some(3_000)) } } }
              : {
                  kind: 'patch',
                  patch: { list: { [`k${some(20)}`]: random() < 0.3 ? null : { at: offset, text: 'y'.repeat(some(400)) } } },
                }
        written += JSON.stringify(write).length
        if (write.kind === 'delete') transaction.delete(key)
        else if (write.kind === 'put') transaction.put(key, write.document)
        else transaction.patch(key, write.patch)
        const known = documents.get(key)
        if (write.kind === 'put') documents.set(key, structuredClone(write.document))
        else if (write.kind === 'delete') documents.delete(key)
        else if (known !== undefined) mergePatch(known, structuredClone(write.patch))
      }
      states.push({ offset, timeMs: offset * 10, documents })
    }
    await model.commit(await transaction.writes(), new Map([[3, offset]]))
  }
  return { model, states, written }
}

for (const seed of [1, 2, 3, 4]) {
  test(`every state that ever was is found again, by position and by time (seed ${seed})`, async () => {
    const { model, states } = await run(seed)
    for (const { offset, timeMs, documents } of states) {
      const moments: Moment[] = [
        { kind: 'position', position: new Map([[3, offset + 1]]) },
        { kind: 'time', timeMs },
        { kind: 'time', timeMs: timeMs + 9 },
      ]
      for (const moment of moments) {
        const reader = new HistoryReader(model, moment)
        for (const key of KEYS) assert.deepEqual(await reader.get(key), documents.get(key), `${key} at ${offset}`)
        assert.deepEqual(
          await reader.list({ limit: 2 }),
          [...documents]
            .sort(([one], [other]) => (one < other ? -1 : 1))
            .slice(0, 2)
            .map(([, document]) => document),
        )
        assert.deepEqual((await reader.list({ prefix: 'a' })).length, ['a', 'a:1'].filter((key) => documents.has(key)).length)
      }
    }
    const before = new HistoryReader(model, { kind: 'position', position: new Map() })
    assert.deepEqual([await before.get('a'), await before.list()], [undefined, []])
  })
}

test('what past states take goes with what was written, not with the documents', async () => {
  const { model, written } = await run(7, { commits: 400 })
  const all = await model.list({ prefix: '', after: '', limit: 100_000 })
  const past = all.filter(({ key }) => isReserved(key)).reduce((sum, { document }) => sum + JSON.stringify(document).length, 0)
  assert.ok(past < 4 * written, `${past} characters for ${written}`)
})

test('what need not be kept is removed; what must be is there; and what was removed is said to be', async () => {
  const { model, states } = await run(5, { keepMs: 500, commits: 200 })
  const lastMs = states.at(-1)!.timeMs
  for (const { timeMs, documents } of states) {
    if (timeMs < lastMs - 500) continue
    const reader = new HistoryReader(model, { kind: 'time', timeMs })
    for (const key of KEYS) assert.deepEqual(await reader.get(key), documents.get(key), `${key} at ${timeMs}`)
  }
  const early = new HistoryReader(model, { kind: 'time', timeMs: 50 })
  await assert.rejects(early.get('a'), { code: 'HISTORY_ENDED' })
  const kept = await model.list({ prefix: '', after: '', limit: 100_000 })
  const { model: all } = await run(5, { commits: 200 })
  assert.ok(kept.length < (await all.list({ prefix: '', after: '', limit: 100_000 })).length / 2, `${kept.length} documents`)
})
