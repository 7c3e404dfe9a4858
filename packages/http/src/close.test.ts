import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { LiveReader, openCounters, problemOf } from './fixtures/counters.ts'

const add = { id: 'a', by: 1 }

test('closing answers what was sent, says goodbye to who watches, and takes no more', { timeout: 10_000 }, async () => {
  await using at = await openCounters({
    stub: {
      send: async (_type, _data, { commandId = '' } = {}) => {
        await sleep(200)
        return { commandId, outcome: 'accepted', events: [], position: '0-1' }
      },
    },
  })
  const live = await LiveReader.open(at, '/queries/total?id=a')
  assert.equal((await live.next())?.kind, 'snapshot')
  const sent = at.post('/commands/Add', add)
  await sleep(50)
  const startMs = performance.now()
  const closed = at.close()
  assert.deepEqual(await live.next(), { id: '', kind: 'bye', data: { reason: 'stopping' } })
  assert.equal(await live.next(), undefined)
  assert.equal((await sent).status, 200)
  await closed
  assert.ok(performance.now() - startMs < 2_000, 'as soon as all is answered')
  await assert.rejects(at.get('/health/live'))
})

test('over a connection that is still open, it says that it is stopping', async () => {
  let answer = (): void => undefined
  await using at = await openCounters({
    stub: { outcome: () => new Promise((resolve) => (answer = () => resolve(undefined))) },
  })
  const { hostname, port } = new URL(at.url)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('data', (bytes) => (text += bytes.toString()))
  const get = (path: string): boolean => socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
  get('/commands/k1')
  await sleep(50)
  const closed = at.close()
  get('/health/ready')
  await sleep(50)
  answer()
  await Promise.all([closed, once(socket, 'close')])
  assert.match(text, /^HTTP\/1.1 404 .*HTTP\/1.1 503 .*the server is stopping/s)
})

test('what is not answered in time does not hold it up', { timeout: 5_000 }, async () => {
  await using at = await openCounters({ closeTimeoutMs: 100, stub: { send: () => new Promise(() => undefined) } })
  const sent = at.post('/commands/Add', add)
  sent.catch(() => undefined)
  await sleep(50)
  const startMs = performance.now()
  await at.close()
  assert.ok(performance.now() - startMs < 1_000)
  await assert.rejects(sent)
})

test('a port that is taken is an error, and leaves nothing running', async () => {
  await using at = await openCounters()
  await assert.rejects(openCounters({ port: Number(new URL(at.url).port) }), { code: 'EADDRINUSE' })
})

test('a process whose event loop lags takes no commands until it is over, and answers queries', async () => {
  await using at = await openCounters({ maxEventLoopDelayMs: 100 })
  const untilMs = performance.now() + 400
  while (performance.now() < untilMs);
  await sleep(0)
  const response = await at.post('/commands/Add', add)
  assert.equal(response.headers.get('retry-after'), '1')
  assert.equal((await problemOf(response)).code, 'OVERLOADED')
  await sleep(250)
  assert.equal((await at.post('/commands/Add', add)).status, 200)
})

test('a connection that was opened in advance and never used does not hold it up', { timeout: 10_000 }, async () => {
  await using at = await openCounters()
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
  await sleep(20)
  const ended = Promise.all([unused, used].map((socket) => once(socket.resume(), 'close')))
  const startMs = performance.now()
  const closed = at.close()
  await sleep(50)
  late.write('host: x\r\n\r\n')
  const [answer] = (await once(late, 'data')) as [Buffer]
  assert.match(answer.toString(), /^HTTP\/1.1 200 /)
  late.end()
  await closed
  await ended
  assert.ok(performance.now() - startMs < 1_000, `it took ${performance.now() - startMs} ms`)
})
