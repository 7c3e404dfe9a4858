import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { openKafkaCluster, unsecuredToken, type KafkaCluster } from '@millrace/testing/kafka'
import type { Log } from '@millrace/core'
import { createInstance, newApp, newCommand, newRecord, readAll, whyNoOwnBroker } from './fixtures/instances.ts'
import { openKafkaLog } from './open-kafka-log.ts'
import type { KafkaLogOptions } from './options.ts'

type SignIn = Pick<KafkaLogOptions, 'tls' | 'sasl'>

const SECRET = 'correct-horse'
const WRONG = 'wrong-horse'
const users = { tickets: SECRET }
const settings = { timeout: 240_000 }
/** What a wrong setting may take until it is told, in milliseconds. */
const SOON_MS = 30_000
const skip = await whyNoOwnBroker()

const openAs = (cluster: KafkaCluster, signIn: SignIn): Promise<Log> =>
  openKafkaLog({ brokers: cluster.bootstrap, app: newApp('secure'), partitions: 1, onTrouble: () => undefined, ...signIn })

/** Sends, owns, takes, appends and reads. */
async function goesRound(cluster: KafkaCluster, signIn: SignIn): Promise<void> {
  await using instance = createInstance(await openAs(cluster, signIn))
  await instance.log.submit(0, newCommand('c1'))
  const shard = await instance.shard(0)
  for await (const commands of shard.commands(0, 10)) {
    assert.equal(commands.length, 1)
    break
  }
  await shard.append([newRecord('c1')])
  const records = await readAll(instance.log, 0)
  assert.deepEqual(
    records.map(({ record }) => record.kind),
    ['owned', 'event'],
  )
}

/** Is not let in: soon, and with a message that says why, and no secret. */
async function isTurnedAway(cluster: KafkaCluster, signIn: SignIn, code: string, message: RegExp): Promise<void> {
  const from = performance.now()
  const error = await openAs(cluster, signIn).then(
    () => assert.fail('it was let in'),
    (each: unknown) => each as Error & { readonly code?: string },
  )
  assert.ok(performance.now() - from < SOON_MS, `it took ${performance.now() - from} ms`)
  assert.match(error.message, message)
  assert.equal(error.code, code)
  const { token } = signIn.sasl ?? {}
  for (const secret of [SECRET, WRONG, token]) assert.ok(typeof secret !== 'string' || !error.message.includes(secret), error.message)
}

const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
const as = (mechanism: (typeof mechanisms)[number], username: string, password: string): SignIn => ({
  sasl: { mechanism, username, password },
})
const bearing = (token: string): SignIn => ({ sasl: { mechanism: 'OAUTHBEARER', token } })

describe('sign-in without TLS', { skip }, async () => {
  if (skip !== false) return
  const cluster = await openKafkaCluster({ security: 'sasl', users })
  after(() => cluster[Symbol.asyncDispose]())

  for (const mechanism of mechanisms) {
    test(`${mechanism}: the right password is let in`, settings, () => goesRound(cluster, as(mechanism, 'tickets', SECRET)))
    test(`${mechanism}: a wrong password and an unknown user are told`, settings, async () => {
      await isTurnedAway(cluster, as(mechanism, 'tickets', WRONG), 'LOG_DENIED', /SASL_AUTHENTICATION_FAILED.*check the credentials/)
      await isTurnedAway(cluster, as(mechanism, 'nobody', SECRET), 'LOG_DENIED', /SASL_AUTHENTICATION_FAILED.*check the credentials/)
    })
  }
  test('OAUTHBEARER: a token is let in', settings, () => goesRound(cluster, bearing(unsecuredToken('tickets'))))
  test('OAUTHBEARER: one that is over, and one that is none, are told', settings, async () => {
    await isTurnedAway(
      cluster,
      bearing(unsecuredToken('tickets', -3_600_000)),
      'LOG_DENIED',
      /does not take the token.*MILLRACE_KAFKA.*_TOKEN/,
    )
    await isTurnedAway(cluster, bearing('sesame.opens.'), 'LOG_DENIED', /does not take the token.*MILLRACE_KAFKA.*_TOKEN/)
  })
  test('who does not sign in is told that sign-in is off', settings, () =>
    isTurnedAway(cluster, {}, 'LOG_UNAVAILABLE', /takes connections and ends them.*sign-in is off.*MILLRACE_KAFKA_SASL/),
  )
  test('who speaks TLS where there is none is told that TLS is on', settings, () =>
    isTurnedAway(cluster, { ...as('PLAIN', 'tickets', SECRET), tls: {} }, 'LOG_UNAVAILABLE', /TLS is on here \(MILLRACE_KAFKA_TLS\)/),
  )
})

describe('sign-in over TLS', { skip }, async () => {
  if (skip !== false) return
  const cluster = await openKafkaCluster({ security: 'sasl-tls', users })
  after(() => cluster[Symbol.asyncDispose]())
  const { ca } = cluster.tls!

  test('the right password over a trusted certificate is let in', settings, () =>
    goesRound(cluster, { ...as('SCRAM-SHA-512', 'tickets', SECRET), tls: { ca } }),
  )
  test('a wrong password is told', settings, () =>
    isTurnedAway(cluster, { ...as('SCRAM-SHA-512', 'tickets', WRONG), tls: { ca } }, 'LOG_DENIED', /check the credentials/),
  )
  test('no password is sent to a broker whose certificate nobody known has signed', settings, () =>
    isTurnedAway(cluster, { ...as('PLAIN', 'tickets', SECRET), tls: {} }, 'LOG_DENIED', /certificate.*MILLRACE_KAFKA_CA/),
  )
  test('who signs in without TLS is told that TLS is off', settings, () =>
    isTurnedAway(cluster, as('SCRAM-SHA-512', 'tickets', SECRET), 'LOG_UNAVAILABLE', /TLS is off here \(MILLRACE_KAFKA_TLS\)/),
  )
  test('who speaks TLS and does not sign in is told that sign-in is off', settings, () =>
    isTurnedAway(cluster, { tls: { ca } }, 'LOG_UNAVAILABLE', /sign-in is off/),
  )
})

describe('TLS alone', { skip }, async () => {
  if (skip !== false) return
  const cluster = await openKafkaCluster({ security: 'tls', config: { 'listener.name.clients.ssl.client.auth': 'required' } })
  after(() => cluster[Symbol.asyncDispose]())
  const { ca, cert, key } = cluster.tls!

  test('a client with a certificate is let in', settings, () => goesRound(cluster, { tls: { ca, cert, key } }))
  test('one without is told, where brokers ask for one', settings, () =>
    isTurnedAway(cluster, { tls: { ca } }, 'LOG_UNAVAILABLE', /takes connections and ends them/),
  )
  test('one that speaks no TLS is told to', settings, () => isTurnedAway(cluster, {}, 'LOG_DENIED', /requires TLS.*MILLRACE_KAFKA_TLS=on/))
  test('one that signs in where nobody asks is told not to', settings, () =>
    isTurnedAway(cluster, { ...as('PLAIN', 'tickets', SECRET), tls: { ca, cert, key } }, 'LOG_DENIED', /takes no sign-in/),
  )
})
