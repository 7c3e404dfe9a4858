import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts'

const PRODUCE = 0
const METADATA = 3
const settings = { timeout: 100_000 }

function request(apiKey: number, correlationId: number, body = ''): Buffer {
  const bytes = Buffer.alloc(12 + body.length)
  bytes.writeInt32BE(8 + body.length)
  bytes.writeInt16BE(apiKey, 4)
  bytes.writeInt32BE(correlationId, 8)
  bytes.write(body, 12)
  return bytes
}

/** Answers every request with its correlation id and its body; remembers which came. */
async function openServer(): Promise<AsyncDisposable & { readonly port: number; readonly seen: number[] }> {
  const seen: number[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let bytes = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk])
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
        const size = bytes.readInt32BE(0)
        seen.push(bytes.readInt32BE(8))
        const answer = Buffer.concat([Buffer.alloc(4), bytes.subarray(8, 4 + size)])
        answer.writeInt32BE(answer.length - 4)
        bytes = bytes.subarray(4 + size)
        socket.write(answer)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    seen,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A client that knows which correlation ids were answered. */
async function openClient(port: number) {
  const socket = connect(port, '127.0.0.1')
  const answered: number[] = []
  let bytes = Buffer.alloc(0)
  const closed = new Promise<string>((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
    socket.on('close', () => resolve('closed'))
  })
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
      answered.push(bytes.readInt32BE(4))
      bytes = bytes.subarray(4 + bytes.readInt32BE(0))
    }
  })
  await Promise.race([once(socket, 'connect'), closed])
  return { socket, answered, closed, [Symbol.dispose]: () => socket.destroy() }
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const endMs = performance.now() + 60_000; !isSo();) {
    if (performance.now() > endMs) assert.fail(`waited in vain until ${what}`)
    await sleep(5)
  }
}

/** Lets the event loop turn: what was written to sockets has come through the proxy then, both sides of which are in this process. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

async function withProxy(run: (proxy: TcpProxy, seen: readonly number[]) => Promise<void>): Promise<void> {
  await using server = await openServer()
  await using proxy = await openTcpProxy({ to: { host: '127.0.0.1', port: server.port } })
  await run(proxy, server.seen)
}

test('passes what comes, in order, whatever its size and however it is cut up', settings, () =>
  withProxy(async (proxy) => {
    using client = await openClient(proxy.port)
    const all = Buffer.concat(Array.from({ length: 50 }, (_, at) => request(PRODUCE, at, 'x'.repeat(at * 1_000))))
    client.socket.write(all.subarray(0, 5))
    await sleep(5)
    for (let at = 5; at < all.length; at += 7_001) client.socket.write(all.subarray(at, at + 7_001))
    await until('all are answered', () => client.answered.length === 50)
    assert.deepEqual(
      client.answered,
      Array.from({ length: 50 }, (_, at) => at),
    )
  }),
)

test('what is delayed comes later, and in order', settings, () =>
  withProxy(async (proxy) => {
    using client = await openClient(proxy.port)
    client.socket.write(request(METADATA, 0))
    await until('it is answered', () => client.answered.length === 1)
    proxy.delayMs = 100
    const from = performance.now()
    client.socket.write(request(METADATA, 1))
    await turns()
    proxy.delayMs = 0
    client.socket.write(request(METADATA, 2))
    await until('both are answered', () => client.answered.length === 3)
    assert.ok(performance.now() - from >= 95)
    assert.deepEqual(client.answered, [0, 1, 2])
  }),
)

test('cut resets connections and takes new ones', settings, () =>
  withProxy(async (proxy) => {
    using client = await openClient(proxy.port)
    client.socket.write(request(METADATA, 1))
    await until('it is answered', () => client.answered.length === 1)
    proxy.cut()
    assert.equal(await client.closed, 'ECONNRESET')
    using again = await openClient(proxy.port)
    again.socket.write(request(METADATA, 2))
    await until('it is answered', () => again.answered.length === 1)
  }),
)

test('refuses new connections until it takes them again', settings, () =>
  withProxy(async (proxy) => {
    await proxy.refuse(true)
    using refused = await openClient(proxy.port)
    assert.equal(await refused.closed, 'ECONNREFUSED')
    await proxy.refuse(false)
    using client = await openClient(proxy.port)
    client.socket.write(request(METADATA, 1))
    await until('it is answered', () => client.answered.length === 1)
  }),
)

test('half open takes connections and passes nothing either way; then all passes', settings, () =>
  withProxy(async (proxy, seen) => {
    using before = await openClient(proxy.port)
    before.socket.write(request(METADATA, 1))
    await until('it is answered', () => before.answered.length === 1)
    proxy.halfOpen(true)
    using during = await openClient(proxy.port)
    before.socket.write(request(METADATA, 2))
    during.socket.write(request(METADATA, 3))
    await sleep(50)
    assert.deepEqual(seen, [1])
    proxy.halfOpen(false)
    await until('both are answered', () => before.answered.length === 2 && during.answered.length === 1)
  }),
)

test('half open does not even say that the other side is gone', settings, async () => {
  const server = await openServer()
  await using proxy = await openTcpProxy({ to: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy.port)
  client.socket.write(request(METADATA, 1))
  await until('it is answered', () => client.answered.length === 1)
  proxy.halfOpen(true)
  await server[Symbol.asyncDispose]()
  await sleep(50)
  assert.equal(client.socket.destroyed, false)
  proxy.halfOpen(false)
  await client.closed
})

test('dropped answers: requests pass, and connections that lost one are reset in the end', settings, () =>
  withProxy(async (proxy, seen) => {
    using client = await openClient(proxy.port)
    using idle = await openClient(proxy.port)
    proxy.dropAnswers(true)
    client.socket.write(request(PRODUCE, 1))
    await until('it is there', () => seen.length === 1)
    await turns()
    proxy.dropAnswers(false)
    assert.equal(await client.closed, 'ECONNRESET')
    assert.deepEqual(client.answered, [])
    idle.socket.write(request(PRODUCE, 2))
    await until('it is answered', () => idle.answered.length === 1)
  }),
)

test('drops the next answer of one API: the broker acts, those before it pass, and the connection ends', settings, () =>
  withProxy(async (proxy, seen) => {
    using client = await openClient(proxy.port)
    const dropped = proxy.dropNextAnswer({ apiKey: PRODUCE })
    client.socket.write(Buffer.concat([request(METADATA, 1), request(METADATA, 2), request(PRODUCE, 3), request(METADATA, 4)]))
    await dropped
    await client.closed
    assert.deepEqual(client.answered, [1, 2])
    assert.ok(seen.includes(3))
    using again = await openClient(proxy.port)
    again.socket.write(request(PRODUCE, 5))
    await until('it is answered', () => again.answered.length === 1)
  }),
)

test('lets pass what is no request of Kafka, such as TLS', settings, async () => {
  const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  await using proxy = await openTcpProxy({ to: { host: '127.0.0.1', port: (server.address() as { port: number }).port } })
  const socket = connect(proxy.port, '127.0.0.1')
  const hello = Buffer.concat([Buffer.from([0x16, 3, 1, 2, 0]), Buffer.alloc(512, 7)])
  socket.write(hello)
  let echoed = Buffer.alloc(0)
  socket.on('data', (chunk) => (echoed = Buffer.concat([echoed, chunk])))
  await until('it comes back', () => echoed.length === hello.length)
  assert.deepEqual(echoed, hello)
  socket.destroy()
  server.close()
})
