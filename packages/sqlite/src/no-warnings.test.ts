import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { temporaryDirectory } from './fixtures/temporary-directory.ts'

test('opening all three in one directory prints nothing, and closing them lets the process end', async () => {
  await using directory = await temporaryDirectory()
  const program = `
    const { openSqliteLog, openSqliteReadStore, openSqliteCheckpoints } = await import(${JSON.stringify(new URL('index.ts', import.meta.url).href)})
    await using log = await openSqliteLog('data'), store = await openSqliteReadStore('data'), checkpoints = await openSqliteCheckpoints('data')
    await log.submit(0, { id: '1', type: 't', key: 'k', timeMs: 0, data: '{}' })
    await store.open('map', '1')
    await checkpoints.save(0, '1', { next: 0, summary: null, states: new Map() })`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=source', '--input-type=module', '--eval', program], {
    cwd: directory.path,
    encoding: 'utf8',
  })
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' })
})
