import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startLogProcess } from '../fixtures/processes.ts'
import { aCommand, allEvents, answering, readable, untilAnswered } from '../fixtures/records.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { openSqliteLog } from './open-sqlite-log.ts'

const required = process.env['CI'] === 'true'
const noMount = process.getuid?.() !== 0 && !required ? 'needs root, to mount a small tmpfs' : false
const noStrace = spawnSync('strace', ['-V']).status !== 0 && !required ? 'needs strace, to make fsync fail' : false

const codeOf = (error: unknown): string => (error as { readonly code: string }).code

test('a full disk refuses commands, leaves readers alone, and is over without a restart', { skip: noMount }, async () => {
  await using directory = await temporaryDirectory()
  const disk = join(directory.path, 'disk')
  mkdirSync(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk])
  try {
    await using log = await openSqliteLog(join(disk, 'data'), { partitions: 2 })
    const stop = new AbortController()
    const owning = log.own(answering(log), stop.signal)
    const [first] = [await log.submit(0, aCommand('first'))]
    assert.equal(first, 0)
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(1_500_000))

    const stored: string[] = ['first']
    let code = ''
    for (let count = 0; code === '' && count < 10_000; count++) {
      await log.submit(0, aCommand(`c${count}`, JSON.stringify('x'.repeat(5_000)))).then(
        () => stored.push(`c${count}`),
        (error: unknown) => (code = codeOf(error)),
      )
    }
    assert.equal(code, 'LOG_FULL')
    await assert.rejects(log.submit(0, aCommand('refused', JSON.stringify('x'.repeat(500_000)))), { code: 'LOG_FULL' })
    assert.ok((await allEvents(log, 0)).length > 0, 'reads go on')
    assert.equal(log.trouble()?.code, 'LOG_FULL')

    rmSync(join(disk, 'ballast'))
    stored.push('after')
    await log.submit(0, aCommand('after'))
    const ids = await untilAnswered(log, 'after')
    assert.equal(log.trouble(), undefined)
    assert.deepEqual(ids, stored, 'each stored command was answered once, in order, and no other')
    stop.abort()
    await owning
  } finally {
    execFileSync('umount', ['-l', disk])
  }
})

test('a disk that fails to sync fails what waits, and makes the log read-only until a restart', { skip: noStrace }, async () => {
  await using directory = await temporaryDirectory()
  {
    await using writing = await startLogProcess(directory.path)
    writing.order('submit before')
    await writing.said(/^stored 0 0 before/)
    const strace = spawn('strace', [
      '-f',
      '-p',
      String(writing.child.pid),
      '-e',
      'trace=fsync,fdatasync',
      '-e',
      'inject=fsync,fdatasync:error=EIO',
    ])
    try {
      await new Promise<void>((resolve) => strace.stderr.on('data', (data: Buffer) => data.includes('attached') && resolve()))
      writing.order('submit during')
      assert.match(await writing.said(/^failed during/), /^failed during LOG_OUTCOME_UNKNOWN .*until the process is started again/)
      writing.order('own')
      assert.match(await writing.said(/^owned/), /^owned LOG_UNAVAILABLE .*start the process again/)
    } finally {
      strace.kill('SIGINT')
    }
    // The disk works again, and the log still does not trust it.
    writing.order('submit later')
    assert.match(await writing.said(/^failed later/), /^failed later LOG_UNAVAILABLE/)
  }
  await using log = await openSqliteLog(directory.path)
  const stop = new AbortController()
  const owning = log.own(answering(log), stop.signal)
  await log.submit(0, aCommand('afterwards'))
  const ids = await untilAnswered(log, 'afterwards')
  assert.deepEqual(
    ids.filter((id) => id !== 'during'),
    ['before', 'afterwards'],
  )
  stop.abort()
  await owning
})

for (const [call, error] of [
  ['pwrite64', 'EIO'],
  ['pwrite64', 'ENOSPC'],
  ['fsync,fdatasync', 'EIO'],
] as const) {
  test(`what was acknowledged is there, whichever ${call} fails with ${error}`, { skip: noStrace }, async () => {
    for (const nth of [1, 2, 3, 7, 60, 61, 62, 63]) {
      await using directory = await temporaryDirectory()
      const stored: (readonly [number, string])[] = []
      {
        await using writing = await startLogProcess(directory.path)
        const strace = spawn('strace', [
          '-f',
          '-p',
          String(writing.child.pid),
          '-e',
          `trace=${call}`,
          '-e',
          `inject=${call}:error=${error}:when=${nth}`,
        ])
        await new Promise<void>((resolve) => strace.stderr.on('data', (data: Buffer) => data.includes('attached') && resolve()))
        writing.order('load')
        await writing.said(/^failed/)
        strace.kill('SIGINT')
        await writing.kill()
        for (const line of writing.lines) {
          const [said, partition, offset, id = ''] = line.split(' ')
          if (said === 'stored' && partition === '0') stored.push([Number(offset), id])
        }
      }
      await using log = await openSqliteLog(directory.path)
      const found: string[] = []
      const stop = new AbortController()
      await log.own(async (shard) => {
        if (shard.partition !== 0 || stored.length === 0) return
        for await (const commands of shard.commands(0, 1_000_000)) {
          found.push(...readable(commands).map(({ id }) => id))
          break
        }
      }, stop.signal)
      for (const [offset, id] of stored) assert.equal(found[offset], id, `${call} ${nth}: command ${offset}`)
    }
  })
}
