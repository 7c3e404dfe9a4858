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

test('a provider is named by its URL, and staff by a key', () => {
  const { settings } = toSettings({ STORE_PAYMENTS: 'http://127.0.0.1:4000', STORE_STAFF_KEY: 'mill-wheel-and-water' })
  assert.deepEqual(settings.payments, { kind: 'url', url: 'http://127.0.0.1:4000' })
  assert.equal(settings.staffKey, 'mill-wheel-and-water')
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
