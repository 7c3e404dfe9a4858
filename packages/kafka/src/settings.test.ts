import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaVariables, toBrokers, toKafkaOptions } from './settings.ts'

const problemsOf = (env: Readonly<Record<string, string>>): readonly string[] => {
  const problems: string[] = []
  toKafkaOptions(env, problems)
  return problems
}

test('brokers come from the URL, and what is none is no URL', () => {
  assert.deepEqual(toBrokers('kafka://a:9092,b.example:9093, [::1]:9094'), ['a:9092', 'b.example:9093', '[::1]:9094'])
  for (const wrong of [
    'kafka://',
    'kafka://a',
    'kafka://a:9092,',
    'kafka:a:9092',
    'http://a:9092',
    'kafka://a:9092/topic',
    'kafka://user@a:1',
  ])
    assert.equal(toBrokers(wrong), undefined, wrong)
})

test('nothing set is plain text and no login', () => {
  const problems: string[] = []
  assert.deepEqual(toKafkaOptions({ MILLRACE_KAFKA_SASL: ' ' }, problems), {})
  assert.deepEqual(problems, [])
})

test('credentials become those of the mechanism', () => {
  const env = { MILLRACE_KAFKA_TLS: 'on', MILLRACE_KAFKA_SASL: 'scram-sha-512', MILLRACE_KAFKA_USERNAME: 'u', MILLRACE_KAFKA_PASSWORD: 'p' }
  const problems: string[] = []
  assert.deepEqual(toKafkaOptions({ ...env, MILLRACE_INSTANCE: 'a' }, problems), {
    tls: {},
    sasl: { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' },
    instanceId: 'a',
  })
  assert.deepEqual(toKafkaOptions({ MILLRACE_KAFKA_SASL: 'OAUTHBEARER', MILLRACE_KAFKA_TOKEN: 't' }, problems).sasl, {
    mechanism: 'OAUTHBEARER',
    token: 't',
  })
  assert.deepEqual(problems, [])
})

test('every mistake is told by the name of its variable, never with a secret', () => {
  const cases: readonly [Readonly<Record<string, string>>, RegExp][] = [
    [{ MILLRACE_KAFKA_TLS: 'yes' }, /^MILLRACE_KAFKA_TLS: got 'yes'/],
    [{ MILLRACE_KAFKA_TLS: 'on', MILLRACE_KAFKA_CA: '/nowhere.pem' }, /^MILLRACE_KAFKA_CA: the file '\/nowhere.pem'/],
    [{ MILLRACE_KAFKA_SASL: 'GSSAPI' }, /^MILLRACE_KAFKA_SASL: got 'GSSAPI'/],
    [{ MILLRACE_KAFKA_PASSWORD: 'secret' }, /^MILLRACE_KAFKA_SASL: credentials/],
    [{ MILLRACE_KAFKA_SASL: 'PLAIN', MILLRACE_KAFKA_PASSWORD: 'secret' }, /^MILLRACE_KAFKA_USERNAME/],
    [{ MILLRACE_KAFKA_SASL: 'OAUTHBEARER' }, /^MILLRACE_KAFKA_TOKEN/],
    [{ MILLRACE_KAFKA_CA: import.meta.filename }, /^MILLRACE_KAFKA_TLS: certificates/],
    [{ MILLRACE_KAFKA_TLS: 'on', MILLRACE_KAFKA_KEY: import.meta.filename }, /^MILLRACE_KAFKA_CERT/],
  ]
  for (const [env, expected] of cases) {
    const problems = problemsOf(env)
    assert.equal(problems.length, 1, JSON.stringify(problems))
    assert.match(problems[0]!, expected)
    assert.doesNotMatch(problems[0]!, /secret/)
    for (const name of Object.keys(env)) assert.ok(kafkaVariables.some((variable) => variable.name === name))
  }
})
