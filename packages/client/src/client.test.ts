import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { aggregate, app, createMemoryLog, event, projection, reject, start, type Running } from '@millrace/core'
import { serve } from '@millrace/http'
import { z } from 'zod'
import { MillraceClientError } from './client-error.ts'
import { createClient } from './client.ts'
import { isReached } from './session-position.ts'

const counter = aggregate('counter', {
  commands: { Add: z.object({ id: z.string().min(1), by: z.number().int() }) },
  events: { Added: z.object({ by: z.number() }) },
  rejections: { negative: 'The counter would fall below zero.' },
  key: ({ id }) => id,
  initialState: () => 0,
  decide: { Add: ({ by }, total) => (total + by < 0 ? reject('negative', { total }) : [event('Added', { by })]) },
  evolve: { Added: (total, { by }) => total + by },
})
const totals = projection('totals', {
  from: [counter],
  document: z.object({ total: z.number(), adds: z.record(z.string(), z.number()) }),
  on: {
    Added: async ({ by }, { key, model, commandId }) => {
      const known = await model.get(key)
      if (known === undefined) model.put(key, { total: by, adds: { [commandId]: by } })
      else model.patch(key, { total: known.total + by, adds: { [commandId]: by } })
    },
  },
  queries: (query) => ({ total: query(z.object({ id: z.string() }), ({ id }, model) => model.get(id)) }),
})
const counters = app('counters', { aggregates: [counter], projections: [totals] })

async function open({ queryTimeoutMs = 30_000 } = {}): Promise<{ url: string; running: Running<typeof counters> } & AsyncDisposable> {
  const running = await start(counters, { log: createMemoryLog({ partitions: 3 }) })
  const server = await serve(running as unknown as Running, { port: 0, queryTimeoutMs })
  return {
    url: server.url,
    running,
    async [Symbol.asyncDispose]() {
      await server.close()
      await running.stop()
    },
  }
}

/** Stands between client and server, and cuts the first `cuts` connections after the request has gone through. */
async function cuttingProxy(target: string, cuts: number): Promise<{ url: string; cutAll: () => void } & AsyncDisposable> {
  const { hostname, port } = new URL(target)
  let left = cuts
  const sockets = new Set<Socket>()
  const server: Server = createServer()
  server.removeAllListeners('connection')
  server.on('connection', (client: Socket) => {
    const upstream = connect(Number(port), hostname)
    sockets.add(client)
    const isCut = left-- > 0
    client.pipe(upstream)
    if (isCut) upstream.once('data', () => client.destroy())
    else upstream.pipe(client)
    for (const socket of [client, upstream]) socket.on('error', () => undefined)
    client.on('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cutAll: () => sockets.forEach((socket) => socket.destroy()),
    [Symbol.asyncDispose]: async () => {
      sockets.forEach((socket) => socket.destroy())
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('a client reads its own writes, and gets refusals as answers', async () => {
  await using at = await open()
  const client = createClient<typeof counters>({ url: at.url })
  for (let round = 1; round <= 20; round++) {
    const receipt = await client.send('Add', { id: 'a', by: 1 })
    assert.equal(receipt.outcome, 'accepted')
    assert.equal((await client.query('total', { id: 'a' }))?.total, round)
  }
  const refused = await client.send('Add', { id: 'a', by: -100 })
  assert.ok(refused.outcome === 'rejected' && refused.code === 'negative')
  assert.deepEqual(refused.details, { total: 20 })
  assert.deepEqual(await client.outcome(refused.commandId), refused)
  assert.equal(await client.outcome('never'), undefined)
})

test('what is not valid is thrown with its issues, once', async () => {
  await using at = await open()
  const client = createClient<typeof counters>({ url: at.url })
  await assert.rejects(client.send('Add', { id: '', by: 1 }), {
    name: 'MillraceClientError',
    code: 'COMMAND_INVALID',
    status: 422,
    issues: [{ path: 'id', message: 'Too small: expected string to have >=1 characters' }],
  })
})

test('an answer that was lost on the way is asked for again, and the command is done once', async () => {
  await using at = await open()
  await using proxy = await cuttingProxy(at.url, 2)
  const client = createClient<typeof counters>({ url: proxy.url })
  const receipt = await client.send('Add', { id: 'a', by: 5 })
  assert.equal(receipt.outcome, 'accepted')
  assert.equal((await client.query('total', { id: 'a' }))?.total, 5)
})

test('a server that cannot be reached is an error that says so', async () => {
  const client = createClient<typeof counters>({ url: 'http://127.0.0.1:1', retries: 1 })
  await assert.rejects(client.query('total', { id: 'a' }), { code: 'UNREACHABLE', status: 0 })
})

test('a watched query follows by patches, and goes on after the connection was cut', { timeout: 90_000 }, async () => {
  await using at = await open()
  await using proxy = await cuttingProxy(at.url, 0)
  const sender = createClient<typeof counters>({ url: at.url })
  await sender.send('Add', { id: 'a', by: 1 })
  const watcher = createClient<typeof counters>({ url: proxy.url })
  const states: string[] = []
  let total = 0
  let patches = 0
  let wake = (): void => undefined
  const stop = watcher.watch(
    'total',
    { id: 'a' },
    {
      onData: (data, { patch }) => {
        total = data?.total ?? 0
        if (patch !== undefined) patches++
        wake()
      },
      onState: (state) => states.push(state),
    },
  )
  const until = async (wanted: number): Promise<void> => {
    while (total !== wanted) await new Promise<void>((resolve) => (wake = resolve))
  }
  await until(1)
  await sender.send('Add', { id: 'a', by: 1 })
  await until(2)
  proxy.cutAll()
  await sender.send('Add', { id: 'a', by: 1 })
  await until(3)
  stop()
  assert.ok(patches >= 1)
  assert.deepEqual(states.slice(0, 5), ['connecting', 'live', 'lost', 'connecting', 'live'])
})

test('a watched query goes on, and never back, while its read model is rebuilt and taken back', { timeout: 90_000 }, async () => {
  await using at = await open()
  const client = createClient<typeof counters>({ url: at.url })
  let sent = 1
  await client.send('Add', { id: 'a', by: 1 })
  const seen: number[] = []
  let wake = (): void => undefined
  const stop = client.watch(
    'total',
    { id: 'a' },
    {
      onData: (data) => {
        seen.push(data?.total ?? 0)
        wake()
      },
    },
  )
  const caughtUp = async (): Promise<void> => {
    while (seen.at(-1) !== sent) await new Promise<void>((resolve) => (wake = resolve))
  }
  await caughtUp()
  for (const change of [() => at.running.rebuild('totals'), () => at.running.rollBack('totals'), () => at.running.rebuild('totals')]) {
    await change()
    await client.send('Add', { id: 'a', by: 1 })
    sent++
    await caughtUp()
  }
  stop()
  assert.deepEqual(
    seen,
    seen.toSorted((one, other) => one - other),
  )
})

test('a position travels: what one client has seen, another one waits for, and is told how new its answer is', async () => {
  await using app = await open()
  const [one, other] = [createClient<typeof counters>({ url: app.url }), createClient<typeof counters>({ url: app.url })]
  assert.equal(one.position, '')
  const receipt = await one.send('Add', { id: 'a', by: 3 })
  assert.ok(isReached(one.position, receipt.position) && !isReached('', receipt.position))
  const link = new URL(`http://shop/?seen=${encodeURIComponent(one.position)}`)
  const answer = await other.answer('total', { id: 'a' }, { after: link.searchParams.get('seen') ?? '' })
  assert.equal(answer.data?.total, 3)
  assert.ok(isReached(answer.position, receipt.position) && isReached(other.position, answer.position))
  const askedMs = Date.now()
  const { ageMs } = await other.answer('total', { id: 'a' }, { maxAgeMs: 0 })
  const tookMs = Date.now() - askedMs
  assert.ok(ageMs !== undefined && ageMs <= tookMs + 1, `${ageMs} ms, asked for ${tookMs} ms ago`)
  assert.throws(() => other.see('yesterday'), /is no position/)
})

test('a read model that does not come so far in time is told as stale, with how far it is', async () => {
  await using app = await open({ queryTimeoutMs: 200 })
  const client = createClient<typeof counters>({ url: app.url })
  const receipt = await client.send('Add', { id: 'a', by: 1 })
  await app.running.query('total', { id: 'a' }, { after: receipt, timeoutMs: 30_000 })
  await client.query('total', { id: 'a' })
  const seen = client.position
  client.see('0-1000.1-1000.2-1000')
  await assert.rejects(client.query('total', { id: 'a' }), (error) => {
    assert.ok(error instanceof MillraceClientError)
    assert.deepEqual([error.code, error.status], ['QUERY_STALE', 504])
    assert.ok(error.position !== undefined && isReached(error.position, seen), error.position)
    return true
  })
})
