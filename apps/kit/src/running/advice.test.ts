import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MillraceError } from '@millrace/core'
import type { LogSettings } from '../settings/index.ts'
import { toAdvice } from './advice.ts'

const app = { name: 'tickets', script: 'npm start' }
const settings = (log: LogSettings['log'], port = 3_000): LogSettings => ({
  role: 'all',
  port,
  host: '127.0.0.1',
  opsKey: undefined,
  log,
  store: { kind: 'memory' },
  checkpoints: undefined,
  partitions: undefined,
  directory: './data',
})

test('where another process owns the directory, another directory is named, and how to read beside it', () => {
  const held = new MillraceError('LOG_HELD', 'data directory ./data is in use by process 7')
  const advice = toAdvice(held, settings({ kind: 'sqlite', directory: './data' }), app)
  assert.match(advice, /^Cannot open the log: data directory \.\/data is in use by process 7\.\n/)
  assert.match(advice, /\n {2}MILLRACE_LOG=sqlite:\.\/other-data npm start\n/)
  assert.match(advice, /\n {2}MILLRACE_ROLE=read PORT=3001 npm start\n/)
  assert.match(toAdvice(held, settings({ kind: 'sqlite', directory: './data' }, 0), app), /MILLRACE_ROLE=read PORT=0 /)
})

test('an instance id that another process has on Kafka is no matter of directories', () => {
  const held = new MillraceError('LOG_HELD', "another process has the instance id 'a'; give each its own")
  const advice = toAdvice(held, settings({ kind: 'kafka', url: 'kafka://127.0.0.1:9092' }), app)
  assert.equal(advice, "another process has the instance id 'a'; give each its own (LOG_HELD)")
})
