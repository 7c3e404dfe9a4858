import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Flow } from './flow-store.ts'
import { toTimeline } from './flow-timeline.ts'

const flow: Flow = {
  commandId: 'c',
  type: 'HoldSeats',
  sentAtMs: 1000,
  answeredAtMs: 1020,
  outcome: 'accepted',
  position: '0-1',
  liveAtMs: 1018,
}
const trace = (offsetMs: number) => ({
  commandId: 'c',
  type: 'HoldSeats',
  steps: [
    { step: 'received', atMs: 1005 + offsetMs },
    { step: 'durable', atMs: 1012 + offsetMs },
    { step: 'seat-map', atMs: 1014 + offsetMs },
  ],
})

test('puts both clocks on one line, in order', () => {
  const steps = toTimeline(flow, trace(0))
  assert.deepEqual(
    steps.map(({ name, atMs }) => [name, atMs]),
    [
      ['Sent', 0],
      ['Received', 5],
      ['Durable', 12],
      ['Read model “seat-map”', 14],
      ['Live update', 18],
      ['Answered', 20],
    ],
  )
})

test('a server clock that is off never makes effects come before causes', () => {
  for (const offsetMs of [-90_000, 90_000]) {
    const steps = toTimeline(flow, trace(offsetMs))
    const at = (name: string): number => steps.find((step) => step.name === name)?.atMs ?? NaN
    assert.ok(at('Received') >= 0 && at('Durable') <= at('Answered'), String(offsetMs))
  }
})

test('shows what is known while the trace is not there', () => {
  assert.deepEqual(
    toTimeline({ commandId: 'c', type: 'HoldSeats', sentAtMs: 5 }, undefined).map(({ name }) => name),
    ['Sent'],
  )
})
