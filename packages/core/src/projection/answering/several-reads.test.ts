import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../ports/clock.ts'
import { createMemoryReadStore } from '../../ports/memory-read-store.ts'
import type { ReadModel, Write } from '../../ports/read-store.ts'
import type { ModelReader, Query } from '../projection.ts'
import { Answers } from './answers.ts'

/** Two documents that are always changed together. */
const commit = (model: ReadModel, n: number): Promise<void> =>
  model.commit(new Map(['left', 'right'].map((key): [string, Write] => [key, { kind: 'put', document: { n } }])), new Map([[0, n]]))

/** `between` is waited for between reading the one and the other. */
async function open(between: (answers: Answers, model: ReadModel) => Promise<void>) {
  const model = await createMemoryReadStore().open('m', '1')
  await commit(model, 1)
  const answers = new Answers({ position: new Map(), asOfMs: 0 }, model, systemClock)
  const answer = async (_input: unknown, reader: ModelReader<{ readonly n: number }>): Promise<unknown> => {
    const left = await reader.get('left')
    await between(answers, model)
    return [left?.n, (await reader.get('right'))?.n]
  }
  const ask = async (): Promise<unknown> => JSON.parse((await answers.find('both', { answer } as unknown as Query, {}).get()).json)
  return { model, answers, ask }
}

test('several reads that a commit came between are done again, as of one moment', async () => {
  let commits = 0
  const { ask } = await open(async (answers, model) => {
    if (commits++ === 0) await answers.commit(() => commit(model, 2))
  })
  assert.deepEqual(await ask(), [2, 2])
  assert.equal(commits, 2)
})

test('several reads do not wait for a commit that is under way', async () => {
  const { model, answers, ask } = await open(() => Promise.resolve())
  const gate = Promise.withResolvers<undefined>()
  const committing = answers.commit(async () => {
    await gate.promise
    await commit(model, 2)
  })
  assert.deepEqual(await ask(), [1, 1])
  gate.resolve(undefined)
  await committing
  answers.changed()
  assert.deepEqual(await ask(), [2, 2])
})
