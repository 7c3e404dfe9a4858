/** `npm start` as a process: what it says, how it ends, what it keeps. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { startProcess, type Started } from 'app-kit/testing'

const start = (env: Readonly<Record<string, string>>, ...args: readonly string[]): Started =>
  startProcess(path.join(import.meta.dirname, 'main.ts'), env, ...args)

const open = async (started: Started): Promise<string> => (await started.said(/is open:\s+(http:\S+)/))[1] ?? ''

test('what is booked is there after a stop and a new start', { timeout: 280_000 }, async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'tickets-'))
  const env = { PORT: '0', MILLRACE_LOG: `sqlite:${directory}` }
  const started: Started[] = []
  try {
    const first = start(env)
    started.push(first)
    const url = await open(first)
    const body = JSON.stringify({ showId: 'theatre', holdId: 'h1', customerId: 'eve', seats: ['A-1-1'] })
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'hold-1' }
    const hold = (): Promise<Response> => fetch(`${url}/commands/HoldSeats`, { method: 'POST', headers, body })
    let held = await hold()
    while (held.status === 503) held = await hold() // it is busy with its start
    assert.equal(held.status, 200)

    const second = start(env)
    started.push(second)
    assert.equal(await second.exit, 1)
    assert.match(
      second.text(),
      new RegExp(`in use by process ${first.child.pid ?? 0}\\b[^]*MILLRACE_LOG=[^]*MILLRACE_ROLE=read PORT=0 npm start`),
    )

    first.child.kill('SIGINT')
    assert.equal(await first.exit, 0)
    assert.match(first.text(), /Stopping/)

    const third = start(env)
    started.push(third)
    const map = (await (await fetch(`${await open(third)}/queries/seatMap?showId=theatre`)).json()) as { readonly taken: object }
    assert.deepEqual(map.taken, { 'A-1-1': 'held' })
    assert.doesNotMatch(third.text(), /Warning/)
    third.child.kill('SIGTERM')
    assert.equal(await third.exit, 0)
  } finally {
    for (const { child } of started) child.kill('SIGKILL')
    await rm(directory, { recursive: true })
  }
})

test('it goes on where nobody reads what it says any more, and stops in order', { timeout: 180_000 }, async () => {
  const started = start({ PORT: '0', MILLRACE_LOG: 'memory:' })
  try {
    const url = await open(started)
    started.child.stdout?.destroy()
    assert.equal((await fetch(`${url}/health/live`)).status, 200)
    started.child.kill('SIGINT')
    assert.equal(await started.exit, 0, started.text())
  } finally {
    started.child.kill('SIGKILL')
  }
})

test('a port in use is named, with what to do', { timeout: 180_000 }, async () => {
  const server = createServer().listen(0, '127.0.0.1')
  try {
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const started = start({ PORT: String(port), MILLRACE_LOG: 'memory:' })
    assert.equal(await started.exit, 1)
    assert.match(started.text(), new RegExp(`Port ${port} is in use[^]*PORT=${port + 1} npm start`))
  } finally {
    server.close()
  }
})

test('wrong settings and options end it before it begins', { timeout: 280_000 }, async () => {
  const wrong = start({ PORT: 'x', MILLRACE_LOG: 'kafka://y' })
  assert.equal(await wrong.exit, 1)
  assert.match(wrong.text(), /^PORT: got 'x'; expected a whole number[^\n]*\nMILLRACE_LOG: got 'kafka:\/\/y'; expected 'kafka:[^\n]*\n$/)
  const noDirectory = `sqlite:${import.meta.filename}`
  const takesNone = existsSync('/proc/self') ? 'sqlite:/proc/millrace' : noDirectory
  for (const [variable, directory] of [
    ['MILLRACE_LOG', noDirectory],
    ['MILLRACE_LOG', takesNone],
    ['MILLRACE_STORE', noDirectory],
    ['MILLRACE_CHECKPOINTS', noDirectory],
  ] as const) {
    const started = start({ PORT: '0', MILLRACE_LOG: 'memory:', [variable]: directory })
    assert.equal(await started.exit, 1)
    assert.match(started.text(), new RegExp(`^${variable}: data directory [^\\n]* can't be created[^\\n]*\\n$`))
  }
  const key = start({ MILLRACE_OPS_KEY: 'too-short' })
  assert.equal(await key.exit, 1)
  assert.match(key.text(), /^MILLRACE_OPS_KEY: /)
  assert.doesNotMatch(key.text(), /too-short/)
  const option = start({}, '--port', '3')
  assert.equal(await option.exit, 1)
  assert.match(option.text(), /no option '--port'/)
  const help = start({}, '--help')
  assert.equal(await help.exit, 0)
  assert.match(help.text(), /MILLRACE_PARTITIONS/)
})
