import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeDirectory } from './directory.ts'
import { temporaryDirectory } from './fixtures/temporary-directory.ts'
import { openSqliteLog } from './index.ts'

test('a directory is created with all above it, by several at once too, and one that is there is left', async () => {
  await using temporary = await temporaryDirectory()
  const deep = join(temporary.path, 'a', 'b', 'c')
  await Promise.all([deep, join(deep, 'd'), deep].map((directory) => makeDirectory(directory, 'LOG_UNAVAILABLE')))
  assert.ok((await stat(join(deep, 'd'))).isDirectory())
  await makeDirectory(deep, 'LOG_UNAVAILABLE')
  await makeDirectory('/', 'LOG_UNAVAILABLE')
})

test('where a file is in the way it says so', async () => {
  await using temporary = await temporaryDirectory()
  const file = join(temporary.path, 'file')
  await writeFile(file, '')
  for (const directory of [file, join(file, 'data')])
    await assert.rejects(makeDirectory(directory, 'STORE_UNAVAILABLE'), {
      code: 'STORE_UNAVAILABLE',
      message: /^data directory .* can't be created: E/,
    })
})

// Only Linux has such a directory.
const skip = existsSync('/proc/self') ? false : 'there is no /proc'
test('a directory that takes no entries is an error at once', { skip, timeout: 60_000 }, async () => {
  for (const directory of ['/proc/millrace', '/proc/millrace/data'])
    await assert.rejects(openSqliteLog(directory), {
      code: 'LOG_UNAVAILABLE',
      message: /^data directory \/proc\/millrace.* can't be created: ENOENT/,
    })
})
