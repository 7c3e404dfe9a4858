import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettingsError } from 'app-kit/settings'
import { settingsHelp, toSettings } from './settings.ts'

test('without variables there are defaults', () => {
  assert.deepEqual(toSettings({}), {
    settings: {
      role: 'all',
      port: 3_000,
      host: '127.0.0.1',
      opsKey: undefined,
      log: { kind: 'sqlite', directory: './data' },
      store: { kind: 'memory' },
      checkpoints: undefined,
      partitions: undefined,
      directory: './data',
      payments: { kind: 'fake', port: 3_010 },
      holdMs: 600_000,
      isDemo: true,
    },
    warnings: [],
  })
})

test('variables are read, and empty ones are none', () => {
  const { settings } = toSettings({
    PORT: '0',
    HOST: '0.0.0.0',
    MILLRACE_OPS_KEY: 'a-key-of-operators, another-0123456789',
    MILLRACE_ROLE: 'read',
    MILLRACE_LOG: 'sqlite:/var/y',
    MILLRACE_STORE: 'sqlite:/var/x',
    MILLRACE_CHECKPOINTS: 'memory:',
    MILLRACE_PARTITIONS: '4',
    HOLD_SECONDS: ' ',
    TICKETS_DEMO: 'off',
    TICKETS_PAYMENTS: 'http://127.0.0.1:4000',
  })
  assert.deepEqual(settings, {
    role: 'read',
    port: 0,
    host: '0.0.0.0',
    opsKey: ['a-key-of-operators', 'another-0123456789'],
    log: { kind: 'sqlite', directory: '/var/y' },
    store: { kind: 'sqlite', directory: '/var/x' },
    checkpoints: { kind: 'memory' },
    partitions: 4,
    directory: './data',
    payments: { kind: 'url', url: 'http://127.0.0.1:4000' },
    holdMs: 600_000,
    isDemo: false,
  })
})

test('every wrong value is named, with what came and what is expected', () => {
  const wrong = {
    PORT: '99999',
    HOST: 'a b',
    MILLRACE_ROLE: 'reader',
    MILLRACE_LOG: 'sqlite:',
    MILLRACE_STORE: 'redis:x',
    MILLRACE_CHECKPOINTS: 'x',
    MILLRACE_PARTITIONS: '0',
    HOLD_SECONDS: '1.5',
    TICKETS_DEMO: 'yes',
    TICKETS_PAYMENTS: 'paypal',
  }
  assert.throws(
    () => toSettings(wrong),
    (error: unknown) => {
      assert.ok(error instanceof SettingsError)
      assert.equal(error.problems.length, Object.keys(wrong).length)
      for (const [name, value] of Object.entries(wrong)) {
        assert.ok(
          error.problems.some((problem) => problem.startsWith(`${name}: got '${value}'; expected `)),
          `${name} is not named in:\n${error.message}`,
        )
      }
      assert.doesNotMatch(error.message, /such as ''/, 'what has no default has no example')
      return true
    },
  )
})

test('Kafka is named by its brokers', () => {
  const url = 'kafka://one:9092,two:9093'
  assert.deepEqual(toSettings({ MILLRACE_LOG: url }).settings.log, { kind: 'kafka', url })
  for (const wrong of ['kafka:one:9092', 'kafka://one', 'kafka://one:9092,', 'kafka://one:9092/topic'])
    assert.throws(() => toSettings({ MILLRACE_LOG: wrong }), {
      message: `MILLRACE_LOG: got '${wrong}'; expected 'kafka://<host>:<port>,<host>:<port>', such as 'kafka://localhost:9092'`,
    })
})

test('PostgreSQL is named by its URL, whose password is not shown', () => {
  const url = 'postgres://shop:secret@db.example:5432/shop'
  assert.deepEqual(toSettings({ MILLRACE_STORE: url }).settings.store, { kind: 'postgres', url })
  for (const wrong of ['postgres:shop', 'postgres://shop:secret@db.example', 'postgres://shop:secret@:x/shop']) {
    assert.throws(
      () => toSettings({ MILLRACE_STORE: wrong }),
      (error: Error) => error.message.includes("expected 'postgres://<user>") && !error.message.includes('secret'),
    )
  }
  assert.throws(() => toSettings({ MILLRACE_LOG: url }), /MILLRACE_LOG: got 'postgres:\/\/shop:…@/)
  assert.throws(() => toSettings({ MILLRACE_CHECKPOINTS: url }), /MILLRACE_CHECKPOINTS/)
})

test('a key for operations that is too short, or that no header can have, is refused and not shown', () => {
  for (const wrong of [
    'secret',
    'secret and of some length',
    'secret-but-of-length,',
    'secret-but-of-length,short',
    'secret-but-schlüssel',
  ])
    assert.throws(() => toSettings({ MILLRACE_OPS_KEY: wrong }), {
      message:
        'MILLRACE_OPS_KEY: it is set, to what is not shown; expected 16 to 200 visible ASCII characters, or several such keys with commas between',
    })
  assert.equal(toSettings({ MILLRACE_OPS_KEY: ' ' }).settings.opsKey, undefined, 'as a compose file leaves it')
})

test('a log in memory has one process, which does all', () => {
  for (const role of ['write', 'read'])
    assert.throws(() => toSettings({ MILLRACE_LOG: 'memory:', MILLRACE_ROLE: role }), {
      message: `MILLRACE_ROLE: got '${role}', but no other process can follow a log in memory; expected 'all'`,
    })
  assert.equal(toSettings({ MILLRACE_LOG: 'memory:', MILLRACE_ROLE: 'all' }).settings.role, 'all')
})

test('a setting that nobody knows is reported', () => {
  const { warnings } = toSettings({ MILLRACE_LOGS: 'memory:', OTHER: 'x' })
  assert.equal(warnings.length, 1)
  assert.match(
    warnings[0] ?? '',
    /^MILLRACE_LOGS is set, but there is no such setting \(known: MILLRACE_OPS_KEY, MILLRACE_ROLE, MILLRACE_LOG, MILLRACE_STORE, MILLRACE_CHECKPOINTS, MILLRACE_PARTITIONS\)/,
  )
})

test('help names every setting', () => {
  for (const name of [
    'PORT',
    'HOST',
    'MILLRACE_OPS_KEY',
    'MILLRACE_ROLE',
    'MILLRACE_LOG',
    'MILLRACE_STORE',
    'MILLRACE_PARTITIONS',
    'HOLD_SECONDS',
    'TICKETS_DEMO',
  ])
    assert.match(settingsHelp(), new RegExp(`^ {2}${name} `, 'm'))
})
