import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import { grantKafka } from './grant-kafka.ts'
import { openKafkaCluster, type KafkaCluster } from './kafka-cluster.ts'
import { whyNoJava } from './kafka-jars.ts'
import { runJava } from './run-java.ts'

const reason = process.env['CI'] === 'true' ? undefined : await whyNoJava()
const settings = { skip: reason === undefined ? false : `no Kafka of their own: ${reason}`, timeout: 250_000 }

const topics = (bootstrap: readonly string[], ...more: readonly string[]): Promise<string> =>
  runJava('org.apache.kafka.tools.TopicCommand', ['--bootstrap-server', bootstrap.join(','), ...more])

/** What alice can see, as she comes by SASL and TLS. */
async function seenByAlice(cluster: KafkaCluster): Promise<string> {
  const file = path.join(cluster.directory, 'alice.properties')
  const authority = path.join(cluster.directory, 'ca.crt')
  assert.equal(await readFile(authority, 'utf8'), cluster.tls?.ca)
  await writeFile(
    file,
    `security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-256
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="alice" password="secret";
ssl.truststore.type=PEM
ssl.truststore.location=${authority}
`,
  )
  return topics(cluster.bootstrap, '--command-config', file, '--list')
}

test('where rights are asked for, a user sees nothing until it is granted', settings, async () => {
  await using cluster = await openKafkaCluster({ security: 'sasl-tls', users: { alice: 'secret' }, acls: true })
  for (const topic of ['shop.events', 'other.events']) await topics(cluster.internal, '--create', '--topic', topic)
  assert.doesNotMatch(await seenByAlice(cluster), /events/)
  await grantKafka(cluster, { user: 'alice', resource: 'topic', name: 'shop.', isPrefix: true, operations: ['Read', 'Describe'] })
  let seen = ''
  for (let tries = 0; tries < 100 && !seen.includes('events'); tries++) {
    await sleep(100)
    seen = await seenByAlice(cluster)
  }
  assert.match(seen, /^shop\.events$/m)
  assert.doesNotMatch(seen, /other/)
})

test('with TLS alone, rights ask for a certificate', settings, async () => {
  await using cluster = await openKafkaCluster({ security: 'tls', acls: true })
  const { ca, cert, key } = cluster.tls!
  const [broker] = cluster.brokers
  // TLS 1.3 tells a client that its certificate is missing after the handshake: the connection ends at the first byte.
  const isLetIn = (options: object): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port: broker!.port, ca, ...options })
      socket.once('error', () => resolve(false))
      socket.once('secureConnect', () => {
        // ApiVersions, version 0
        socket.write(Buffer.from('\0\0\0\x0e\0\x12\0\0\0\0\0\x01\0\x04test', 'latin1'))
        socket.once('data', () => {
          resolve(true)
          socket.destroy()
        })
      })
      socket.once('close', () => resolve(false))
    })
  assert.equal(await isLetIn({ cert, key }), true)
  assert.equal(await isLetIn({}), false)
})

test('rights without sign-in are a mistake', settings, async () => {
  await assert.rejects(openKafkaCluster({ acls: true }), /acls: expected security/)
})
