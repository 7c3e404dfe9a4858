import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { LiveReader, openCounters, problemOf, turns } from './fixtures/counters.ts'

const add = { id: 'a', by: 1 }

test('closing answers what was sent, says goodbye to who watches, and takes no more', { timeout: 90_000 }, async () => {
  const [asked, decided] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
  await using at = await openCounters({
    closeTimeoutMs: 60_000,
    stub: {
      send: async (_type, _data, { commandId = '' } = {}) => {
        asked.resolve(undefined)
        await decided.promise
        return { commandId, outcome: 'accepted', events: [], position: '0-1' }
      },
    },
  })
  const live = await LiveReader.open(at, '/queries/total?id=a')
  assert.equal((await live.next())?.kind, 'snapshot')
  const sent = at.post('/commands/Add', add)
  await asked.promise
  const startMs = performance.now()
  const closed = at.close()
  assert.deepEqual(await live.next(), { id: '', kind: 'bye', data: { reason: 'stopping' } })
  assert.equal(await live.next(), undefined)
  decided.resolve(undefined)
  assert.equal((await sent).status, 200)
  await closed
  assert.ok(performance.now() - startMs < 30_000, 'as soon as all is answered, long before the rest is cut off')
  await assert.rejects(at.get('/health/live'))
})

test('over a connection that is still open, it says that it is stopping', async () => {
  const asked = Promise.withResolvers<() => void>()
  await using at = await openCounters({
    stub: { outcome: () => new Promise((resolve) => asked.resolve(() => resolve(undefined))) },
  })
  const { hostname, port } = new URL(at.url)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('data', (bytes) => (text += bytes.toString()))
  const get = (path: string): boolean => socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
  get('/commands/k1')
  const answer = await asked.promise
  const closed = at.close()
  get('/health/ready')
  await turns()
  answer()
  await Promise.all([closed, once(socket, 'close')])
  assert.match(text, /^HTTP\/1.1 404 .*HTTP\/1.1 503 .*the server is stopping/s)
})

test('what is not answered in time does not hold it up', { timeout: 90_000 }, async () => {
  const asked = Promise.withResolvers<undefined>()
  const send = (): Promise<never> => {
    asked.resolve(undefined)
    return new Promise(() => undefined)
  }
  await using at = await openCounters({ closeTimeoutMs: 100, stub: { send } })
  const sent = at.post('/commands/Add', add)
  sent.catch(() => undefined)
  await asked.promise
  await at.close()
  await assert.rejects(sent)
})

test('a port that is taken is an error, and leaves nothing running', async () => {
  await using at = await openCounters()
  await assert.rejects(openCounters({ port: Number(new URL(at.url).port) }), { code: 'EADDRINUSE' })
})

test('a process whose event loop lags takes no commands until it is over, and answers queries and operators', async () => {
  await using at = await openCounters({ maxEventLoopDelayMs: 100 })
  assert.equal((await at.get('/queries/total?id=a')).status, 200)
  let isLagging = true
  const lagging = (async () => {
    while (isLagging) {
      for (const untilMs = performance.now() + 250; performance.now() < untilMs;);
      await sleep(0)
    }
  })()
  for (let turn = 0; turn < 3; turn++) await sleep(0)
  const [response, asked, operated] = await Promise.all([
    at.post('/commands/Add', add),
    at.get('/queries/total?id=a'),
    at.post('/ops/read-models/totals/rebuild', {}),
  ])
  isLagging = false
  await lagging
  assert.equal(response.headers.get('retry-after'), '1')
  assert.equal((await problemOf(response)).code, 'OVERLOADED')
  assert.deepEqual([asked.status, operated.status], [200, 202])
  for (const endMs = performance.now() + 60_000; (await at.post('/commands/Add', add)).status !== 200;) {
    assert.ok(performance.now() < endMs, 'it takes commands again within a minute')
    await sleep(50)
  }
})

test('a connection that was opened in advance and never used does not hold it up', { timeout: 90_000 }, async () => {
  await using at = await openCounters({ closeTimeoutMs: 60_000 })
  const { hostname, port } = new URL(at.url)
  const unused = connect(Number(port), hostname)
  const used = connect(Number(port), hostname)
  await Promise.all([once(unused, 'connect'), once(used, 'connect')])
  used.write('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n')
  await once(used, 'data')
  // Its request is on the way: it is answered.
  const late = connect(Number(port), hostname)
  await once(late, 'connect')
  late.write('GET /health/live HTTP/1.1\r\n')
  await turns()
  const ended = Promise.all([unused, used].map((socket) => once(socket.resume(), 'close')))
  const startMs = performance.now()
  const closed = at.close()
  await turns()
  late.write('host: x\r\n\r\n')
  const [answer] = (await once(late, 'data')) as [Buffer]
  assert.match(answer.toString(), /^HTTP\/1.1 200 /)
  late.end()
  await closed
  await ended
  assert.ok(performance.now() - startMs < 30_000, `it took ${performance.now() - startMs} ms`)
})
