/** What other implementations make of the two topics, and what is made of what they write: Kafka's own client, and kcat. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { dumpTopics, openKafkaCluster, runJava, type DumpedRecord } from '@millrace/testing/kafka'
import type { Running } from '@millrace/core'
import { type hall, holdOf, startHall } from './fixtures/hall.ts'
import { until, whyNoOwnBroker } from './fixtures/instances.ts'
import { openKafkaLog } from './open-kafka-log.ts'

const execute = promisify(execFile)
const settings = { timeout: 240_000 }
const skip = await whyNoOwnBroker()
const PARTITIONS = 12
const KEYS = 3_000

async function whyNoKcat(): Promise<string | false> {
  const isThere = await execute('kcat', ['-V']).then(
    () => true,
    () => false,
  )
  if (!isThere && process.env['CI'] === 'true') throw new Error('tests need kcat, and it is not installed')
  return isThere ? false : 'kcat is not installed'
}
const noKcat = await whyNoKcat()

/** Letters of one to four bytes, some of them of two code units. */
const LETTERS = ['a', 'Z', '0', '-', '.', ' ', 'ü', 'ß', 'é', '漢', '字', '한', '😀', '👩‍👧', '𝔸']

/** Reproducible keys of 1 to 400 letters, most of them short. */
function newKeys(count: number): readonly string[] {
  let seed = 20_260_101
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  return Array.from({ length: count }, (_, at) => {
    const letters = at % 3 === 0 ? LETTERS.slice(0, 6) : LETTERS
    const length = at % 50 === 0 ? 64 + random(60) : 1 + random(24)
    return Array.from({ length }, () => letters[random(letters.length)]!).join('')
  })
}

/** CloudEvents 1.0.2 says what is required, and that no attribute is empty; its Kafka binding, how they are named. */
function isCloudEvent({ key, headers, value }: DumpedRecord): void {
  const at = JSON.stringify({ key, headers })
  assert.equal(headers['ce_specversion'], '1.0', at)
  for (const name of ['ce_id', 'ce_source', 'ce_type']) assert.ok(headers[name], `${name} of ${at}`)
  for (const [name, text] of Object.entries(headers)) {
    assert.ok(text !== null && text !== '', `${name} of ${at}`)
    assert.match(name, /^(ce_[a-z0-9]{1,20}|content-type)$/, at)
  }
  assert.match(headers['ce_time'] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, at)
  assert.equal(headers['content-type'], 'application/json', at)
  assert.equal(headers['ce_subject'] ?? '', key ?? '', at)
  assert.doesNotThrow(() => JSON.parse(value ?? ''), at)
}

const cloudHeaders = (id: string, type = 'HoldSeats'): Record<string, string> => ({
  ce_specversion: '1.0',
  ce_id: id,
  ce_type: type,
  ce_source: '/elsewhere',
})

describe('other clients', { skip }, async () => {
  if (skip !== false) return
  const cluster = await openKafkaCluster()
  const log = await openKafkaLog({ brokers: cluster.bootstrap, app: 'hall', partitions: PARTITIONS, onTrouble: () => undefined })
  const running: Running<typeof hall> = await startHall(log)
  after(async () => {
    await running.stop()
    await cluster[Symbol.asyncDispose]()
  })
  const commandsOf = (records: readonly DumpedRecord[]) => records.filter(({ topic }) => topic === 'hall.commands')
  const eventsOf = (records: readonly DumpedRecord[]) => records.filter(({ topic }) => topic === 'hall.events')
  const dump = () => dumpTopics(cluster.bootstrap, ['hall.commands', 'hall.events'])

  /** Sends as the Java client does. Gives the partition and offset of each. */
  async function produce(records: readonly object[]): Promise<readonly { readonly partition: number; readonly offset: number }[]> {
    const said = await runJava('Produce', [cluster.bootstrap.join(',')], records.map((each) => `${JSON.stringify(each)}\n`).join(''))
    return said
      .trim()
      .split('\n')
      .map((line) => {
        const [partition, offset] = line.split(' ').map(Number)
        return { partition: partition!, offset: offset! }
      })
  }
  const isDecided = (commandId: string) =>
    until(`${commandId} is decided`, async () => typeof (await running.outcome(commandId)) === 'object')

  test('every key has the partition that Kafka itself would choose', settings, async () => {
    const keys = newKeys(KEYS)
    await Promise.all(keys.map((key, at) => running.submit('HoldSeats', holdOf(key, `k${at}`), { commandId: `key-${at}` })))
    const wanted = (await runJava('Partitioner', [String(PARTITIONS)], `${keys.join('\n')}\n`)).trim().split('\n').map(Number)
    const partitions = new Map(commandsOf(await dump()).map(({ headers, partition }) => [headers['ce_id'], partition]))
    assert.equal(new Set(wanted).size, PARTITIONS)
    assert.deepEqual(
      keys.map((_key, at) => partitions.get(`key-${at}`)),
      wanted,
    )
  })

  test("what Millrace writes is read by Kafka's own consumer, every record a CloudEvent", settings, async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const receipt = await running.send('HoldSeats', holdOf('Straße 漢😀', 'java-1', 'A1'), { commandId: 'java-1', traceparent })
    assert.equal(receipt.outcome, 'accepted')
    await running.send('HoldSeats', holdOf('Straße 漢😀', 'java-2', 'A1'), { commandId: 'java-2' })
    await until('the timer has fired', async () => eventsOf(await dump()).some(({ headers }) => headers['ce_type'] === 'HoldReleased'))
    const records = await dump()
    for (const record of records) isCloudEvent(record)
    for (const topic of [commandsOf(records), eventsOf(records)]) {
      const ids = topic.map(({ headers }) => headers['ce_id'])
      assert.equal(new Set(ids).size, ids.length, 'source and id name one event')
    }

    const sent = commandsOf(records).find(({ headers }) => headers['ce_id'] === 'java-1')!
    assert.equal(sent.key, 'Straße 漢😀')
    assert.deepEqual(JSON.parse(sent.value!), holdOf('Straße 漢😀', 'java-1', 'A1'))
    assert.equal(sent.headers['ce_type'], 'HoldSeats')
    assert.equal(sent.headers['ce_source'], '/hall')
    assert.equal(sent.headers['ce_traceparent'], traceparent)
    assert.equal(sent.headers['ce_time'], new Date(sent.timestamp).toISOString())

    const answers = eventsOf(records).filter(({ headers }) => headers['ce_causationid'] === 'java-1')
    const [held] = answers
    assert.equal(held!.key, sent.key)
    assert.equal(held!.partition, sent.partition)
    assert.deepEqual(JSON.parse(held!.value!), { seats: ['A1'], holdId: 'java-1' })
    assert.deepEqual(
      answers.map(({ headers }) => [headers['ce_id'], headers['ce_type'], headers['ce_commandoffset']]),
      [
        ['java-1.0', 'SeatsHeld', String(sent.offset)],
        ['java-1.1', 'millrace.scheduled.ReleaseHold', String(sent.offset)],
      ],
    )
    const [refused] = eventsOf(records).filter(({ headers }) => headers['ce_causationid'] === 'java-2')
    assert.equal(refused!.headers['ce_type'], 'millrace.rejected.HoldSeats')
    assert.equal(refused!.headers['ce_owner'], String(ownerOf(eventsOf(records), refused!)))
    const kinds = new Set(eventsOf(records).map(({ headers }) => headers['ce_type']!.split('.').slice(0, 2).join('.')))
    for (const type of kinds) assert.ok(type.startsWith('millrace.') || ['SeatsHeld', 'HoldReleased'].includes(type), type)
  })

  /** The offset of the newest marker before `record` in its partition. */
  function ownerOf(events: readonly DumpedRecord[], record: DumpedRecord): number {
    const before = events.filter(({ partition, offset }) => partition === record.partition && offset < record.offset)
    return Math.max(...before.filter(({ headers }) => headers['ce_type'] === 'millrace.owned').map(({ offset }) => offset))
  }

  test("a command of Kafka's own producer is decided, in binary and in structured mode", settings, async () => {
    const structured = { specversion: '1.0', id: 'java-s', type: 'HoldSeats', source: '/java', data: holdOf('theatre', 'java-s') }
    await produce([
      { topic: 'hall.commands', key: 'theatre', value: JSON.stringify(holdOf('theatre', 'java-b')), headers: cloudHeaders('java-b') },
      {
        topic: 'hall.commands',
        key: 'theatre',
        value: JSON.stringify(structured),
        headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' },
      },
    ])
    await isDecided('java-b')
    await isDecided('java-s')
    for (const id of ['java-b', 'java-s']) assert.equal(Reflect.get(Object(await running.outcome(id)) as object, 'outcome'), 'accepted', id)
  })

  test('what is no command is parked with where it lies and why, and the good one behind it is decided', settings, async () => {
    const before = running.counters().parked
    const value = JSON.stringify(holdOf('theatre', 'bad'))
    const record = { topic: 'hall.commands', key: 'theatre', value }
    const [found] = await produce([{ ...record, headers: cloudHeaders('finds-home', 'HoldSeats') }])
    const home = found!.partition
    const elsewhere = (home + 1) % PARTITIONS
    const bad: readonly (readonly [object, RegExp])[] = [
      [record, /no CloudEvent/],
      [{ ...record, headers: { ...cloudHeaders(''), ce_id: null } }, /no id/],
      [{ ...record, headers: cloudHeaders('') }, /no id/],
      [{ ...record, headers: cloudHeaders('bad-type', 'HoldTables') }, /no command 'HoldTables'/],
      [{ ...record, headers: cloudHeaders('bad-json'), value: '{"showId":' }, /no JSON/],
      [{ ...record, headers: cloudHeaders('bad-null'), value: null }, /no value/],
      [{ ...record, headers: cloudHeaders('bad-key'), key: null, partition: home }, /no record key/],
      [{ ...record, headers: cloudHeaders('bad-data'), value: '{"showId":"theatre"}' }, /does not fit the schema of HoldSeats/],
      [{ ...record, headers: cloudHeaders('bad-partition'), partition: elsewhere }, new RegExp(`partition ${home}, not ${elsewhere}`)],
      [{ ...record, headers: cloudHeaders('bad-size'), value: JSON.stringify('x'.repeat(1_100_000)) }, /1100002 bytes; at most 1048576/],
      [{ ...record, headers: { 'content-type': 'application/cloudevents+json' }, value: '{"specversion":"1.0"' }, /no JSON/],
    ]
    const good = { ...record, value: JSON.stringify(holdOf('theatre', 'good')), headers: cloudHeaders('after-the-bad') }
    const places = await produce([...bad.map(([each]) => each), good])
    await isDecided('after-the-bad')
    await until('all are counted', () => running.counters().parked - before === bad.length)
    const parked = running.parked().commands
    for (const [at, [, why]] of bad.entries()) {
      const { partition, offset } = places[at]!
      const entry = parked.find((each) => each.partition === partition && each.offset === offset)
      assert.match(entry?.reason ?? `nothing is parked for ${String(why)}`, why)
      assert.equal(entry?.topic, 'commands')
    }
    const records = eventsOf(await dump()).filter(({ headers }) => headers['ce_type']!.startsWith('millrace.parked'))
    assert.equal(records.length, bad.length)
    for (const each of records) isCloudEvent(each)
    assert.deepEqual(
      records.map(({ headers, partition }) => `${partition}/${headers['ce_commandoffset']!}`).sort(),
      places
        .slice(0, -1)
        .map(({ partition, offset }) => `${partition}/${offset}`)
        .sort(),
    )
  })

  describe('kcat', { skip: noKcat }, () => {
    test('produces a command as docs/kafka.md shows, and it is decided', settings, async () => {
      const docs = await readFile(path.resolve(import.meta.dirname, '../../../docs/kafka.md'), 'utf8')
      const [shown = ''] = (docs.match(/(?:^ {4}.*\n)+/gm) ?? []).filter((block) => block.includes('kcat -P'))
      await execute('sh', ['-c', shown.replace('localhost:9092', cluster.bootstrap[0]!).replace('tickets.commands', 'hall.commands')])
      await isDecided('from-kcat-1')
      const sent = commandsOf(await dump()).find(({ headers }) => headers['ce_id'] === 'from-kcat-1')!
      const [partition] = (await runJava('Partitioner', [String(PARTITIONS)], 'theatre\n')).split('\n')
      assert.equal(sent.partition, Number(partition))
    })

    test('reads every event as docs/kafka.md shows', settings, async () => {
      const docs = await readFile(path.resolve(import.meta.dirname, '../../../docs/kafka.md'), 'utf8')
      const [shown = ''] = (docs.match(/(?:^ {4}.*\n)+/gm) ?? []).filter((block) => block.includes('kcat -C'))
      const here = shown.replace('localhost:9092', cluster.bootstrap[0]!).replace('tickets.events', 'hall.events').trim()
      const { stdout } = await execute('sh', ['-c', `${here} -e -q`], { maxBuffer: 64 * 1024 * 1024 })
      const line = stdout.split('\n').find((each) => each.includes('ce_id=java-1.0,'))
      assert.match(line ?? 'it is not there', /^\d+\/\d+ Straße 漢😀 .*ce_type=SeatsHeld,.* \{"seats":\["A1"\],"holdId":"java-1"\}$/)
      const count = stdout.split('\n').filter((each) => each.includes('ce_id=')).length
      assert.equal(count, eventsOf(await dump()).length)
    })
  })
})
