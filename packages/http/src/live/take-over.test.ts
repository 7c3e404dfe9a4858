import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { duplexPair, type Duplex } from 'node:stream'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls, createServer } from 'node:tls'
import { openCounters, type Opened } from '../fixtures/counters.ts'

const LIVE = 'GET /queries/total?id=a HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n\r\n'
const OTHER = 'GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n'

/** A client that writes what it likes. */
class Raw implements Disposable {
  text = ''
  readonly socket: Socket

  constructor(at: Opened) {
    const { hostname, port } = new URL(at.url)
    this.socket = connect({ host: hostname, port: Number(port) }).setEncoding('utf8')
    this.socket.on('data', (some) => (this.text += String(some)))
    this.socket.on('error', () => undefined)
  }

  async until(part: string): Promise<void> {
    while (!this.text.includes(part)) await once(this.socket, 'data')
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}

async function untilStreams(at: Opened, count: number): Promise<void> {
  while (!(await (await at.get('/metrics')).text()).includes(`\nmillrace_live_streams ${count}\n`)) await sleep(5)
}

test('the head of a live answer is HTTP, and says that it ends with the connection', async () => {
  await using at = await openCounters()
  using client = new Raw(at)
  client.socket.write(LIVE)
  await client.until('event: snapshot\n')
  const [head = '', body = ''] = client.text.split('\r\n\r\n')
  const [status, ...fields] = head.split('\r\n')
  assert.equal(status, 'HTTP/1.1 200 OK')
  const headers = new Headers(fields.map((field) => field.split(': ', 2) as [string, string]))
  assert.equal(headers.get('content-type'), 'text/event-stream; charset=utf-8')
  assert.equal(headers.get('connection'), 'close')
  assert.ok(Math.abs(Date.now() - Date.parse(headers.get('date')!)) < 600_000)
  assert.match(body, /^retry: \d+\n\nid: /)
})

test('what else comes over a live connection is not answered, and the stream goes on', async () => {
  await using at = await openCounters()
  using client = new Raw(at)
  client.socket.write(LIVE + OTHER)
  await client.until('event: snapshot\n')
  client.socket.write(OTHER + 'no HTTP at all\r\n\r\n')
  await at.add('a', 1, 'k1')
  await client.until('"k1":1')
  assert.equal(client.text.split('HTTP/1.1').length, 2)
})

test('a client that only stops sending, and one that breaks off, leave nothing behind', async () => {
  await using at = await openCounters()
  using ending = new Raw(at)
  using breaking = new Raw(at)
  for (const client of [ending, breaking]) {
    client.socket.write(LIVE)
    await client.until('event: snapshot\n')
  }
  await untilStreams(at, 2)
  ending.socket.end()
  breaking.socket.resetAndDestroy()
  await untilStreams(at, 0)
  await at.add('a', 1, 'k1')
})

test('the server closes when the last word has been said to all, and not before', async () => {
  const at = await openCounters()
  using client = new Raw(at)
  client.socket.write(LIVE)
  await client.until('event: snapshot\n')
  await at.close()
  client.socket.end()
  await client.until('event: bye\n')
  await at.running.stop()
})

/** What a server that ends TLS, and one within this process, hand over: neither is a connection of the system's own. */
const accepted: Readonly<Record<string, (accept: (end: Duplex) => void) => Promise<Duplex>>> = {
  'in this process': async (accept) => {
    const [client, end] = duplexPair()
    accept(end)
    return Promise.resolve(client)
  },
  'over TLS': async (accept) => {
    const psk = Buffer.alloc(16, 7)
    // With a key that both have, no certificate is needed.
    const shared = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const
    const server = createServer({ ...shared, pskCallback: () => psk }, accept).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const client = connectTls({
      ...shared,
      host: '127.0.0.1',
      port,
      pskCallback: () => ({ psk, identity: 'x' }),
      checkServerIdentity: () => undefined,
    })
    client.once('close', () => server.close())
    await once(client, 'secureConnect')
    return client
  },
}

for (const [how, open] of Object.entries(accepted)) {
  test(`a connection that something else has accepted for the server, ${how}, is written to as it is`, async () => {
    let accept: ((end: Duplex) => void) | undefined
    const at = await openCounters({ extend: ({ server }) => void (accept = (end) => void server.emit('connection', end)) })
    const client = await open(accept!)
    let text = ''
    client.setEncoding('utf8').on('data', (some: string) => (text += some))
    const until = async (part: string): Promise<void> => {
      while (!text.includes(part)) await once(client, 'data')
    }
    client.write(LIVE)
    await until('event: snapshot\n')
    await at.add('a', 1, 'k1')
    await until('"k1":1')
    await at.close()
    await until('event: bye\n')
    client.destroy()
    await at.running.stop()
  })
}
