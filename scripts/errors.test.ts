import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { errorCodes, MillraceError, type ErrorCode } from '@millrace/core'

const text = readFileSync(path.resolve(import.meta.dirname, '../docs/errors.md'), 'utf8')
const sections = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')).trim(), section.slice(section.indexOf('\n'))]),
)

test('docs/errors.md has one section for each error code, and no other, in order', () => {
  assert.deepEqual([...sections.keys()], [...errorCodes].sort())
})

test('every section says what it means, why, what to do, and whether to try again', () => {
  for (const [code, section] of sections) {
    const { retriable } = new MillraceError(code as ErrorCode, '')
    assert.match(section, retriable ? /\nRetriable: yes/ : /\nRetriable: no/, `${code}: retriable is ${retriable}`)
    for (const part of ['**Means**', '**Likely cause**', '**Do**']) assert.ok(section.includes(part), `${code}: ${part}`)
  }
})
