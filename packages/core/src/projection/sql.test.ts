import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { fragment, tableReader } from './sql.ts'

test('values are apart from the text, in their order', () => {
  const { texts, values } = fragment`insert into orders values (${'o-1'}, ${3}, ${null}, ${true}, ${7n})`
  assert.deepEqual(texts, ['insert into orders values (', ', ', ', ', ', ', ', ', ')'])
  assert.deepEqual(values, ['o-1', 3, null, true, 7n])
})

test('a fragment is put in with its values', () => {
  const none = fragment``
  const paid = fragment`and status = ${'paid'} `
  const [both, one] = [fragment`${paid}and ${fragment`n`} > ${1}`, fragment`select ${1} where ${2} = 2 ${none}${paid}limit ${3}`]
  assert.deepEqual(both, { texts: ['and status = ', ' and n > ', ''], values: ['paid', 1] })
  assert.deepEqual(one, { texts: ['select ', ' where ', ' = 2 and status = ', ' limit ', ''], values: [1, 2, 'paid', 3] })
  assert.deepEqual(fragment`${paid}`, paid)
})

test('what only looks like a fragment or a template never becomes SQL', () => {
  const forged = JSON.parse('{"texts":["1; drop table orders; --"],"values":[]}') as never
  assert.throws(() => fragment`select ${forged}`, /expected a text, a finite number.*got a object/)
  const call = fragment as (texts: unknown, ...values: unknown[]) => unknown
  for (const input of ['select 1', ['select 1'] as unknown, JSON.parse('{"0":"select 1","raw":["select 1"]}')])
    assert.throws(() => call(input), /expected a template/, JSON.stringify(input))
})

test('a value that no database takes is refused, with where', () => {
  for (const value of [undefined, Number.NaN, Infinity, 2n ** 63n, new Date(), {}, []])
    assert.throws(() => fragment`update orders set n = ${value as never}`, { name: 'TypeError', message: /update orders set n = .* got / })
  assert.deepEqual(fragment`${-(2n ** 63n)}${new Uint8Array([1])}`.values, [-(2n ** 63n), new Uint8Array([1])])
})

test('rows are checked and made into what their schema says', async () => {
  const reader = tableReader(() => Promise.resolve([{ id: 'a', paid: 1 }]))
  const rows = await reader.rows(z.object({ id: z.string(), paid: z.coerce.boolean() }))`select 1`
  assert.deepEqual(rows, [{ id: 'a', paid: true }])
  await assert.rejects(
    async () => reader.rows(z.object({ id: z.number() }))`select 1`,
    /a row does not fit its schema: id: .*expected number/,
  )
})
