import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { aggregate, app, command, createMemoryLog, event, projection, reactor, start } from '@millrace/core'
import { serve } from '@millrace/http'
import { z } from 'zod'
import { runCli } from './run-cli.ts'
import type { Terminal } from './terminal.ts'

/** A running app of counters. While `spoil` is set, its handler throws, or gives another document each time. */
async function openApp(key?: string) {
  const spoil: { how?: 'throws' | 'random'; printer?: 'out of paper' } = {}
  const id = z.string()
  const counter = aggregate('counter', {
    commands: { Add: z.object({ id }), Print: z.object({ id }) },
    events: { Added: z.object({}), Printed: z.object({}) },
    key: ({ id }) => id,
    initialState: () => 0,
    decide: { Add: () => [event('Added', {})], Print: () => [event('Printed', {})] },
    evolve: { Added: (total) => total + 1, Printed: (total) => total },
  })
  const totals = projection('totals', {
    from: [counter],
    document: z.object({ total: z.number() }),
    on: {
      Added: (_added, { key, model }) => {
        if (spoil.how === 'throws') throw new Error('cannot fold this')
        model.put(key, { total: spoil.how === 'random' ? Math.random() : 1 })
      },
      Printed: () => {},
    },
    queries: (query) => ({ total: query(z.object({ id }), ({ id }, model) => model.get(id)) }),
  })
  const printing = reactor('printing', {
    from: [counter],
    to: [counter],
    on: {
      Added: (_added, { key }) => {
        if (spoil.printer !== undefined) throw new Error(`${spoil.printer}\n\x1b[2J`)
        return [command('Print', { id: key })]
      },
    },
    since: 'now',
  })
  const running = await start(app('counters', { aggregates: [counter], projections: [totals], reactors: [printing] }), {
    log: createMemoryLog({ partitions: 2 }),
    onTrouble: () => undefined,
  })
  await Promise.all(Array.from({ length: 50 }, (_, at) => running.send('Add', { id: `c${at}` })))
  // Decided is not folded yet: what the list says of a read model is to be that of one that has come to the end of the log.
  const isFolded = (): boolean => running.status().ready && running.status().projections.every(({ behind }) => behind === 0)
  while (!isFolded()) await new Promise((resolve) => setTimeout(resolve, 1))
  const server = await serve(running, { port: 0, operations: { key }, maxEventLoopDelayMs: 60_000 })
  const { url } = server
  return {
    url,
    spoil,
    running,
    async [Symbol.asyncDispose]() {
      await server.close()
      await running.stop()
    },
  }
}

async function millrace(
  args: readonly string[],
  isInteractive = false,
  env: Readonly<Record<string, string>> = {},
): Promise<{ status: number; out: string; error: string }> {
  const said = { out: '', error: '' }
  const terminal: Terminal = {
    out: (text) => (said.out += text),
    error: (text) => (said.error += text),
    isInteractive,
    columns: 60,
  }
  const status = await runCli(args, terminal, env)
  return { status, ...said }
}

test('a read model is listed, rebuilt, verified, rolled back and tidied up', async () => {
  await using at = await openApp()
  const to = ['--url', at.url]
  const listed = await millrace(['read-models', ...to])
  assert.match(listed.out, /^totals +1 +serving +live +0 +[\d,]+ +0 s$/m)
  const rebuilt = await millrace(['rebuild', 'totals', ...to])
  assert.deepEqual([rebuilt.status, rebuilt.out], [0, 'totals: 1.1 serves; 1 is kept, for roll-back\n'])
  const verified = await millrace(['verify', 'totals', ...to], true)
  assert.deepEqual(
    [verified.status, verified.out.replace(/\d+ records/, 'n records')],
    [0, 'totals is what the log says (50 documents, n records of the log)\n'],
  )
  const back = await millrace(['roll-back', 'totals', ...to])
  assert.match(back.out, /^totals +1 +serving/m)
  const removed = await millrace(['remove-kept', 'totals', ...to])
  assert.doesNotMatch(removed.out, /1\.1/)
  assert.deepEqual([back.status, removed.status, removed.error], [0, 0, ''])
})

test('what differs from the log is named, and is a failure', async () => {
  await using at = await openApp()
  at.spoil.how = 'random'
  const { status, out } = await millrace(['verify', 'totals', '--url', at.url])
  assert.equal(status, 1)
  assert.match(out, /^totals DIFFERS in 50 of 50 documents/)
  assert.match(out, /^ {2}c\d+ \/total: serves 1, the log gives 0\.\d+$/m)
})

test('a build that stops says so, and what served goes on', async () => {
  await using at = await openApp()
  at.spoil.how = 'throws'
  const { status, error } = await millrace(['rebuild', 'totals', '--url', at.url])
  assert.equal(status, 1)
  assert.match(error, /millrace: the build .*1 goes on serving/)
  assert.match((await millrace(['read-models', '--url', at.url])).out, /^totals +1 +serving/m)
})

test('what is refused is said as the app says it, with its code', async () => {
  await using at = await openApp()
  for (const command of ['verify', 'roll-back', 'remove-kept']) {
    const { status, error, out } = await millrace([command, 'none', '--url', at.url])
    assert.deepEqual([status, out], [1, ''])
    assert.match(error, /^millrace: there is no projection 'none' \(known: totals\) \(READ_MODEL_UNKNOWN\)\n$/)
  }
  const rebuild = await millrace(['rebuild', 'none', '--url', at.url])
  assert.deepEqual(
    [rebuild.status, rebuild.error],
    [1, "millrace: there is no projection 'none' that serves; millrace read-models lists them\n"],
  )
})

test('an app that is away, and a server that is none, are told apart', async () => {
  const away = await millrace(['read-models', '--url', 'http://127.0.0.1:9'])
  assert.equal(away.status, 3)
  assert.match(away.error, /^millrace: no answer from http:\/\/127\.0\.0\.1:9 \(.+\); is the app running\?/)
  const other = createServer((_request, response) => response.writeHead(404).end('nothing here'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { readonly port: number }
  const none = await millrace(['read-models', '--url', `http://127.0.0.1:${port}`])
  other.close()
  assert.equal(none.status, 1)
  assert.match(none.error, /answered 404 .* no Millrace app/)
})

test('what is parked is listed by reader, then retried, or skipped', async () => {
  await using at = await openApp()
  const to = ['--url', at.url]
  const operator = ['--by', 'ann', '--why', 'there is paper', ...to]
  assert.equal((await millrace(['parked', ...to])).out, 'nothing is parked\n')
  at.spoil.printer = 'out of paper'
  at.spoil.how = 'throws'
  for (const id of ['k1', 'k2', 'k1']) await at.running.send('Add', { id })
  const parked = async (until: (out: string) => boolean): Promise<string> => {
    for (;;) {
      const { status, out, error } = await millrace(['parked', ...to])
      assert.deepEqual([status, error], [0, ''])
      if (until(out)) return out
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const listed = await parked((out) => out.match(/^k\d/gm)?.length === 4 && /^k1 .* 2 +1 {2}Error: cannot/m.test(out))
  const [read, printed] = listed.split('\n\n')
  assert.match(read!, /^projection totals, version 1\nkey +offset +event +partition +since +waiting +tried +reason\n/)
  assert.match(read!, /^k1 +\d+ +Added +[01] +\d{4}-\d\d-\d\dT[\d:]{8}Z +2 +1 +Error: cannot fold this$/m)
  assert.match(printed!, /^reactor printing\nkey/)
  assert.match(printed!, /^k2 +\d+ +Added .* \? +1 +Error: out of paper \ufffd\[2J$/m, 'what others wrote cannot clear the screen')

  delete at.spoil.printer
  delete at.spoil.how
  const offset = /^k1 +(\d+)/m.exec(printed!)![1]!
  const skipped = await millrace(['skip', 'printing', 'k1', offset, ...operator])
  assert.deepEqual(
    [skipped.status, skipped.out, skipped.error],
    [0, 'printing: 1 key to skip; it is in the log, and millrace parked lists what waits after it\n', ''],
  )
  await parked((out) => !/reactor printing[^]*^k1/m.test(out))
  assert.match((await millrace(['retry', 'printing', 'k2', ...operator])).out, /^printing: 1 key to retry;/)
  assert.match((await millrace(['retry', 'totals', '--all', ...operator])).out, /^totals: 2 keys to retry;/)
  await parked((out) => out === 'nothing is parked\n')
  const none = await millrace(['retry', 'totals', '--all', ...operator])
  assert.deepEqual([none.status, none.out], [0, 'totals: nothing is parked, as far as this instance knows\n'])
  const unknown = await millrace(['retry', 'totals', 'k9', ...operator])
  assert.deepEqual([unknown.status, unknown.out], [1, ''])
  assert.match(unknown.error, /has nothing of key 'k9' parked.* \(PARKED_UNKNOWN\)\n$/)
})

test('an app with a key is operated with it, from the environment, and who has none or another is told so', async () => {
  const key = 'the-key-of-the-operators'
  await using at = await openApp(key)
  const to = ['--url', at.url]
  const commands = [['read-models'], ['verify', 'totals'], ['parked'], ['retry', 'totals', '--all', '--by', 'ann', '--why', 'mended']]
  for (const command of commands) {
    const without = await millrace([...command, ...to])
    assert.deepEqual([without.status, without.out], [1, ''])
    assert.match(without.error, /^millrace: http:\S+ wants a key .*: set MILLRACE_OPS_KEY .* \(OPERATOR_KEY_INVALID\)\n$/)
    const wrong = await millrace([...command, ...to], false, { MILLRACE_OPS_KEY: 'the-key-of-somebody-else' })
    assert.deepEqual([wrong.status, wrong.out], [1, ''])
    assert.match(wrong.error, /^millrace: http:\S+ does not take the key in MILLRACE_OPS_KEY: .* \(OPERATOR_KEY_INVALID\)\n$/)
    assert.ok(!wrong.error.includes('the-key-of-somebody-else'))
    for (const set of [key, ` ${key} ,the-key-that-was-before`]) {
      const { status, error } = await millrace([...command, ...to], false, { MILLRACE_OPS_KEY: set })
      assert.deepEqual([status, error.replace(/^\S+, .*\n/gm, '')], [0, ''], `${command[0]} with '${set}'`)
    }
  }
  const unfit = await millrace(['parked', ...to], false, { MILLRACE_OPS_KEY: 'schlüssel' })
  assert.equal(unfit.status, 2)
  assert.match(unfit.error, /^millrace: MILLRACE_OPS_KEY: expected .* not shown\n$/)
  const rebuilt = await millrace(['rebuild', 'totals', ...to], false, { MILLRACE_OPS_KEY: key })
  assert.equal(rebuilt.out, 'totals: 1.1 serves; 1 is kept, for roll-back\n')
})

test('as a program it has a status and a help, and takes the key from its environment', async () => {
  const program = [...process.execArgv.filter((each) => each.startsWith('--conditions')), join(import.meta.dirname, 'main.ts')]
  const { stdout } = await promisify(execFile)(process.execPath, [...program, '--help'])
  assert.match(stdout, /millrace rebuild <projection>/)
  assert.match(stdout, /MILLRACE_OPS_KEY/)
  await assert.rejects(promisify(execFile)(process.execPath, [...program, 'rebuild']), { code: 2, stderr: /name the projection/ })
  await using at = await openApp('the-key-of-the-operators')
  const env = { ...process.env, MILLRACE_OPS_KEY: 'the-key-of-the-operators' }
  const listed = await promisify(execFile)(process.execPath, [...program, 'read-models', '--url', at.url], { env })
  assert.match(listed.stdout, /^totals +1 +serving/m)
})
