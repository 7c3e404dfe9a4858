import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reaches } from './position.ts'

test('an update at or behind the command shows it', () => {
  assert.ok(reaches('3-1042', '3-1042'))
  assert.ok(reaches('0-7,3-1050', '3-1042'))
  assert.ok(!reaches('3-1041', '3-1042'))
})

test('another partition says nothing about it', () => {
  assert.ok(!reaches('4-9999', '3-1042'))
  assert.ok(!reaches('', '3-1042'))
})
