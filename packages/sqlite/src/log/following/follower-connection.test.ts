import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { aCommand } from '../../fixtures/records.ts'
import { temporaryDirectory } from '../../fixtures/temporary-directory.ts'
import { until } from '../../fixtures/until.ts'
import { ByteWriter } from '../bytes.ts'
import { ChunkWriter } from '../chunk.ts'
import { writeCommands } from '../records.ts'
import { FollowerConnection, MAX_BACKLOG_BYTES, type Followed } from './follower-connection.ts'
import { FrameReader, MAX_FRAME_BYTES, PROTOCOL, writeFrame, writeJson } from './frames.ts'

interface Pair extends AsyncDisposable {
  /** The owner's end. */
  readonly socket: Socket
  readonly connection: FollowerConnection
  readonly client: Socket
  readonly submitted: readonly string[]
  /** What the owner has said, once it is read: frames from the connection's beginning on. */
  readonly said: { readonly kind: string; readonly body: Buffer }[]
  ends: readonly number[]
}

/** A connection over a real socket, to a log that takes everything. The client reads nothing before `resume`. */
async function aPair(): Promise<Pair> {
  const directory = await temporaryDirectory()
  const server = createServer()
  const path = join(directory.path, 'socket')
  server.listen(path)
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = connect(path)
  client.on('error', () => {})
  const [socket] = await accepted
  const submitted: string[] = []
  const said: { kind: string; body: Buffer }[] = []
  const frames = new FrameReader(MAX_FRAME_BYTES)
  client.on('data', (data) => {
    for (const { kind, body } of frames.take(data)) said.push({ kind, body: Buffer.from(body) })
  })
  client.pause()
  const log: Followed = {
    identity: 'log',
    partitions: 2,
    durable: () => pair.ends,
    trouble: () => undefined,
    submit: async (partition, { id }) => Promise.resolve(submitted.push(`${partition} ${id}`) + 99),
  }
  const pair: Pair = {
    socket,
    connection: new FollowerConnection(socket, log),
    client,
    submitted,
    said,
    ends: [0, 0],
    async [Symbol.asyncDispose]() {
      client.destroy()
      server.close()
      await directory[Symbol.asyncDispose]()
    },
  }
  return pair
}

const kindsOf = ({ said }: Pair): readonly string[] => said.map(({ kind }) => kind)

async function welcomed(pair: Pair): Promise<void> {
  writeJson(pair.client, 'hello', { millrace: 'log', protocol: PROTOCOL })
  pair.client.resume()
  await until(() => pair.said.length > 0, 'a welcome')
  assert.deepEqual(kindsOf(pair), ['welcome'])
}

test('who reads nothing is not written to without end; once it reads, it learns how far the log is, and goes on', async () => {
  await using pair = await aPair()
  await welcomed(pair)
  pair.client.pause()
  const chunk = Buffer.alloc(100_000, 1)
  for (let count = 0; count < 1_000; count++) {
    pair.ends = [count + 1, 0]
    pair.connection.publish([chunk])
    await new Promise((resolve) => setImmediate(resolve))
    assert.ok(
      pair.socket.writableLength <= MAX_BACKLOG_BYTES + 1_000,
      `${pair.socket.writableLength} bytes wait for a client that does not read`,
    )
  }
  pair.client.resume()
  await until(() => kindsOf(pair).includes('ends'), 'how far it is')
  assert.deepEqual(JSON.parse(String(pair.said.at(-1)?.body)), [1_000, 0])
  const before = kindsOf(pair).filter((kind) => kind === 'events').length
  assert.ok(before < 1_000, 'not all was sent')
  pair.connection.publish([chunk])
  await until(() => kindsOf(pair).at(-1) === 'events', 'what comes after')
})

test('who asks and asks, and reads nothing, is not listened to until it does', async () => {
  await using pair = await aPair()
  await welcomed(pair)
  pair.client.pause()
  pair.ends = Array.from({ length: 20_000 }, () => 123_456)
  const asks = 200 // each answered with 140 kB
  for (let count = 0; count < asks; count++) {
    writeFrame(pair.client, 'ask', new Uint8Array())
    await new Promise((resolve) => setImmediate(resolve))
  }
  await until(() => pair.socket.isPaused(), 'a pause')
  pair.client.resume()
  await until(() => kindsOf(pair).filter((kind) => kind === 'asked').length === asks, 'all answers')
})

test('a chunk that is too large to be sent is told by how far the log is', async () => {
  await using pair = await aPair()
  await welcomed(pair)
  pair.ends = [7, 0]
  pair.connection.publish([Buffer.alloc(MAX_BACKLOG_BYTES + 1)])
  await until(() => pair.said.length > 1, 'more')
  assert.deepEqual(kindsOf(pair), ['welcome', 'ends'])
  assert.equal(String(pair.said[1]?.body), '[7,0]')
})

function aChunk(partition: number, id: string): Buffer {
  const [output, chunk] = [new ByteWriter(1_000), new ChunkWriter()]
  writeCommands(chunk, [{ ...aCommand(id), offset: 5 }])
  chunk.finish(output, 'commands', { partition, first: 5, count: 1 })
  return output.bytes.subarray(0, output.length)
}

test('commands are submitted, and answered by their numbers', async () => {
  await using pair = await aPair()
  await welcomed(pair)
  writeFrame(pair.client, 'commands', aChunk(1, 'c'))
  await until(() => pair.said.length > 1, 'an answer')
  assert.deepEqual(pair.submitted, ['1 c'])
  assert.equal(String(pair.said[1]?.body), '[[1,5,100]]')
})

test('a follower of another release is told so', async () => {
  await using pair = await aPair()
  writeJson(pair.client, 'hello', { millrace: 'log', protocol: PROTOCOL + 1 })
  pair.client.resume()
  await until(() => pair.client.closed, 'the end')
  assert.deepEqual(kindsOf(pair), ['refused'])
  assert.match(String(pair.said[0]?.body), /the owner speaks protocol 1, the follower 2: run both with the same release/)
})

const cut = aChunk(0, 'c')
const wrong = Buffer.from(cut)
wrong[wrong.length - 1] = 0xff
for (const [what, greets, send] of [
  ['HTTP', false, (client: Socket) => client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')],
  ['zeros', false, (client: Socket) => client.write(Buffer.alloc(100_000))],
  ['commands before hello', false, (client: Socket) => writeFrame(client, 'commands', aChunk(0, 'c'))],
  ['a hello that is no JSON', false, (client: Socket) => writeFrame(client, 'hello', Buffer.from('{'))],
  ['a hello of null', false, (client: Socket) => writeFrame(client, 'hello', Buffer.from('null'))],
  ['a chunk with a wrong checksum', true, (client: Socket) => writeFrame(client, 'commands', wrong)],
  ['a chunk cut off', true, (client: Socket) => writeFrame(client, 'commands', cut.subarray(0, 30))],
  ['no chunk at all', true, (client: Socket) => writeFrame(client, 'commands', Buffer.alloc(3))],
  ['a partition that is not there', true, (client: Socket) => writeFrame(client, 'commands', aChunk(2, 'c'))],
  ['what only an owner says', true, (client: Socket) => writeFrame(client, 'welcome', Buffer.from('{}'))],
  ['a frame without end', true, (client: Socket) => client.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 6]))],
] as const) {
  test(`${what}: the connection is closed, nothing is submitted`, async () => {
    await using pair = await aPair()
    if (greets) await welcomed(pair)
    pair.client.resume()
    send(pair.client)
    await until(() => pair.socket.closed && pair.client.closed, 'the end')
    assert.deepEqual(pair.submitted, [])
  })
}
