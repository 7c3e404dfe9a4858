import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { countBrokers } from './count-brokers.ts'
import { openKafkaCluster, type KafkaCluster } from './kafka-cluster.ts'
import { whyNoJava } from './kafka-jars.ts'
import { dumpTopics, runJava } from './run-java.ts'
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts'

const reason = process.env['CI'] === 'true' ? undefined : await whyNoJava()
const settings = { skip: reason === undefined ? false : `no Kafka of their own: ${reason}`, timeout: 250_000 }

const produce = (cluster: KafkaCluster, ...values: readonly string[]): Promise<string> =>
  runJava('Produce', [cluster.bootstrap.join(',')], values.map((value) => JSON.stringify({ topic: 'kept', value })).join('\n'))
const makeTopic = (cluster: KafkaCluster, ...more: readonly string[]): Promise<string> =>
  runJava('org.apache.kafka.tools.TopicCommand', [
    '--bootstrap-server',
    cluster.bootstrap.join(','),
    '--create',
    '--topic',
    'kept',
    ...more,
  ])
const valuesIn = async (cluster: KafkaCluster): Promise<readonly (string | null)[]> =>
  (await dumpTopics(cluster.bootstrap, ['kept'])).map(({ value }) => value)
const portsOf = (cluster: KafkaCluster): readonly number[] => cluster.brokers.map(({ port }) => port)
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a broker that was killed comes back at the same port with the same data, and nothing is left at the end', settings, async () => {
  let directory: string
  let pid: number
  {
    await using cluster = await openKafkaCluster()
    const [broker] = cluster.brokers
    directory = cluster.directory
    await makeTopic(cluster)
    await produce(cluster, 'before')
    const former = broker!.pid
    await broker!.kill()
    assert.equal(isAlive(former), false)
    assert.equal(await countBrokers(broker!.port), 0)
    await broker!.start()
    pid = broker!.pid
    assert.notEqual(pid, former)
    assert.deepEqual(cluster.bootstrap, [`127.0.0.1:${broker!.port}`])
    await produce(cluster, 'after')
    assert.deepEqual(await valuesIn(cluster), ['before', 'after'])

    await broker!.pause()
    assert.equal(await countBrokers(broker!.port), 0, 'it answers nobody while it is paused')
    broker!.resume()
    while ((await countBrokers(broker!.port)) !== 1) await sleep(50)
    await broker!.pause()
    await broker!.stop()
    assert.equal(isAlive(pid), false, 'even one that is paused is stopped')
    await broker!.start()
    pid = broker!.pid
  }
  assert.equal(isAlive(pid), false)
  assert.equal(existsSync(directory), false)
})

test('three brokers know each other and keep every record on all', settings, async () => {
  await using cluster = await openKafkaCluster({ brokers: 3 })
  assert.deepEqual(await Promise.all(portsOf(cluster).map(countBrokers)), [3, 3, 3])
  assert.equal(new Set(cluster.bootstrap).size, 3)
  await makeTopic(cluster, '--partitions', '1')
  await produce(cluster, 'a', 'b')
  await cluster.brokers[0]!.kill()
  await produce(cluster, 'c')
  assert.deepEqual(await valuesIn(cluster), ['a', 'b', 'c'])
})

test('a directory that is given is kept, and can be opened again', settings, async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'millrace-given-'))
  try {
    {
      await using cluster = await openKafkaCluster({ directory })
      await makeTopic(cluster)
      await produce(cluster, 'kept')
      await cluster.brokers[0]!.stop()
    }
    await using cluster = await openKafkaCluster({ directory })
    assert.deepEqual(await valuesIn(cluster), ['kept'])
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

test('clients can be sent through a proxy, and brokers go without', settings, async () => {
  await using proxies = new AsyncDisposableStack()
  const opened: TcpProxy[] = []
  await using cluster = await openKafkaCluster({
    async advertisedPort({ port }) {
      opened.push(proxies.use(await openTcpProxy({ to: { host: '127.0.0.1', port } })))
      return opened[0]!.port
    },
  })
  const [proxy] = opened
  assert.deepEqual(cluster.bootstrap, [`127.0.0.1:${proxy!.port}`])
  await makeTopic(cluster)
  await produce(cluster, 'by the proxy')
  assert.deepEqual(await valuesIn(cluster), ['by the proxy'])
  proxy!.halfOpen(true)
  assert.equal(await countBrokers(proxy!.port), 0)
  while ((await countBrokers(cluster.brokers[0]!.port)) !== 1) await sleep(50)
})

test('a broker that cannot start says why, and leaves nothing', settings, async () => {
  const former = process.env['TMPDIR']
  const folder = (process.env['TMPDIR'] = await mkdtemp(path.join(tmpdir(), 'millrace-empty-')))
  try {
    await assert.rejects(openKafkaCluster({ config: { 'log.roll.ms': '0' } }), /could not be formatted:[^]*log\.roll\.ms/)
    await assert.rejects(
      openKafkaCluster({ config: { 'metric.reporters': 'no.such.Reporter' } }),
      /did not start on port \d+:[^]*no\.such\.Reporter/,
    )
    await using taken = createServer()
    await once(taken.listen(0, '127.0.0.1'), 'listening')
    const { port } = taken.address() as { readonly port: number }
    await assert.rejects(openKafkaCluster({ ports: [port] }), /cannot listen on port \d+ of 127\.0\.0\.1: it is in use/)
    assert.deepEqual(await readdir(folder), [])
  } finally {
    if (former === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = former
    await rm(folder, { recursive: true, force: true })
  }
})

test('a process that is killed takes its brokers and their data along', settings, async () => {
  const program = `
    import { openKafkaCluster } from ${JSON.stringify(new URL('kafka-cluster.ts', import.meta.url).href)}
    const { brokers, directory } = await openKafkaCluster()
    console.log(JSON.stringify({ pid: brokers[0].pid, directory }))`
  const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { pid, directory } = JSON.parse(line) as { readonly pid: number; readonly directory: string }
  assert.equal(isAlive(pid), true)
  assert.match(await readFile(path.join(directory, 'broker-1/server.properties'), 'utf8'), /auto\.create\.topics\.enable=false/)
  child.kill('SIGKILL')
  const deadline = performance.now() + 60_000
  while (isAlive(pid) || existsSync(directory)) {
    assert.ok(performance.now() < deadline, 'they are gone within a minute')
    await sleep(50)
  }
})
