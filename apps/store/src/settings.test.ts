import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettingsError } from 'app-kit/settings'
import { settingsHelp, toSettings } from './settings.ts'

test('without variables there are defaults', () => {
  const { settings, warnings } = toSettings({})
  assert.deepEqual(warnings, [])
  assert.deepEqual(settings.payments, { kind: 'fake', port: 3_101 })
  assert.deepEqual([settings.port, settings.staffKey, settings.isDemo], [3_100, undefined, true])
})

test('read models have tables, so they are kept where SQL is: beside the log, unless said otherwise', () => {
  const storeOf = (env: Readonly<Record<string, string>>) => toSettings(env).settings.store
  const kafka = 'kafka://127.0.0.1:9092'
  assert.deepEqual(storeOf({}), { kind: 'sqlite', directory: './data' })
  assert.deepEqual(storeOf({ MILLRACE_LOG: 'sqlite:/var/goods' }), { kind: 'sqlite', directory: '/var/goods' })
  // Each instance on a machine has its own.
  assert.deepEqual(storeOf({ MILLRACE_LOG: kafka }), { kind: 'sqlite', directory: './data/read-models-3100' })
  assert.deepEqual(storeOf({ MILLRACE_LOG: kafka, PORT: '3200' }), { kind: 'sqlite', directory: './data/read-models-3200' })
  assert.deepEqual(storeOf({ MILLRACE_LOG: kafka, PORT: '0' }), { kind: 'temporary' })
  assert.deepEqual(storeOf({ MILLRACE_LOG: 'memory:' }), { kind: 'temporary' })
  assert.deepEqual(storeOf({ MILLRACE_STORE: 'memory:' }), { kind: 'temporary' })
  assert.deepEqual(storeOf({ MILLRACE_LOG: 'memory:', MILLRACE_STORE: 'sqlite:/var/goods' }), { kind: 'sqlite', directory: '/var/goods' })
  assert.equal(storeOf({ MILLRACE_STORE: 'postgres://a:b@host/goods' }).kind, 'postgres')
})

test('a provider is named by its URL, and staff by a key', () => {
  const { settings } = toSettings({ STORE_PAYMENTS: 'http://127.0.0.1:4000', STORE_STAFF_KEY: 'mill-wheel-and-water' })
  assert.deepEqual(settings.payments, { kind: 'url', url: 'http://127.0.0.1:4000' })
  assert.equal(settings.staffKey, 'mill-wheel-and-water')
})

test('read models are beside the log of who owns it, and each process that only reads has a directory for its own', () => {
  const storeOf = (env: Readonly<Record<string, string>>): unknown => toSettings(env).settings.store
  assert.deepEqual(storeOf({}), { kind: 'sqlite', directory: './data' })
  assert.deepEqual(storeOf({ MILLRACE_ROLE: 'read' }), { kind: 'sqlite', directory: './data/read-models-3100' })
  assert.deepEqual(storeOf({ MILLRACE_ROLE: 'read', PORT: '0' }), { kind: 'temporary' })
  assert.deepEqual(storeOf({ MILLRACE_LOG: 'kafka://localhost:9092', MILLRACE_ROLE: 'read', PORT: '3102' }), {
    kind: 'sqlite',
    directory: './data/read-models-3102',
  })
})

test('what is wrong is named', () => {
  assert.throws(
    () => toSettings({ STORE_PAYMENTS: 'paypal', STORE_STAFF_KEY: 'short', STORE_DEMO: 'maybe' }),
    (error: unknown) => {
      assert.ok(error instanceof SettingsError)
      assert.deepEqual(
        error.problems.map((problem) => problem.split(':')[0]),
        ['STORE_PAYMENTS', 'STORE_STAFF_KEY', 'STORE_DEMO'],
      )
      return true
    },
  )
  assert.match(settingsHelp(), /STORE_STAFF_KEY/)
})

test('the staff’s key is not shown', () => {
  for (const wrong of ['secret', 'secret and of some length'])
    assert.throws(
      () => toSettings({ STORE_STAFF_KEY: wrong }),
      (error: Error) => error.message.startsWith('STORE_STAFF_KEY: ') && !error.message.includes('secret'),
    )
})
