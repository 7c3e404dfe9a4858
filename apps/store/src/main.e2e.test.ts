/** `npm run store` as a process: what it says, and what it keeps. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { createClient } from '@millrace/client'
import { startProcess, type Started } from 'app-kit/testing'
import type { Store } from './app.ts'

const start = (env: Readonly<Record<string, string>>): Started => startProcess(path.join(import.meta.dirname, 'main.ts'), env)
const open = async (started: Started): Promise<string> => (await started.said(/is open:\s+(http:\S+)/))[1] ?? ''
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  for (const endMs = performance.now() + 60_000; !(await holds());)
    assert.ok(performance.now() < endMs, `not within 60 s: ${String(holds)}`)
}

test('an order that was paid before a kill is packed, or paid back, after it', { timeout: 280_000 }, async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'store-'))
  const env = { PORT: '0', MILLRACE_LOG: `sqlite:${directory}`, STORE_PAYMENTS: 'fake:0' }
  const started: Started[] = []
  try {
    const first = start(env)
    started.push(first)
    const client = createClient<Store>({ url: await open(first) })
    const order = {
      customerId: '7c1a4f0e-52d8-4b7e-9d36-1f0e8b6a2c55',
      email: 'eve@example.org',
      name: 'Eve',
      address: { street: 'Millrace 1', city: 'Cork', postcode: 'T12', country: 'Ireland' },
      lines: [{ productId: 'notebook', quantity: 1, agreedPriceCents: 1_600 }],
      paymentMethod: 'card-approved',
    }
    const ids = ['order-00000000000a', 'order-00000000000b'] as const
    for (const orderId of ids) await client.send('PlaceOrder', { orderId, ...order })
    for (const orderId of ids) await until(async () => (await client.query('order', { orderId }))?.payment === 'paid')
    first.child.kill('SIGKILL')
    await first.exit

    const second = start(env)
    started.push(second)
    const again = createClient<Store>({ url: await open(second) })
    const packed = await again.send('PackParcel', { orderId: ids[0], parcelId: 'p1', staff: 'Ann' })
    const cancelled = await again.send('CancelOrder', { orderId: ids[1] })
    assert.deepEqual([packed.outcome, cancelled.outcome], ['accepted', 'accepted'])
    await until(async () => (await again.query('order', { orderId: ids[1] }))?.payment === 'refunded')
    const page = await fetch(`${(await second.said(/Payments\s+(http:\S+)/))[1] ?? ''}/ledger`)
    assert.equal(((await page.json()) as { readonly balanceCents: number }).balanceCents, 1_600)
    second.child.kill('SIGINT')
    assert.equal(await second.exit, 0)
  } finally {
    for (const { child } of started) child.kill('SIGKILL')
    await rm(directory, { recursive: true })
  }
})

test('a second store shares the payment provider of the first', { timeout: 180_000 }, async () => {
  const first = start({ PORT: '0', MILLRACE_LOG: 'memory:', STORE_PAYMENTS: 'fake:0' })
  const started = [first]
  try {
    const port = new URL((await first.said(/Payments\s+(http:\S+)/))[1] ?? '').port
    const second = start({ PORT: '0', MILLRACE_LOG: 'memory:', STORE_PAYMENTS: `fake:${port}` })
    started.push(second)
    assert.equal(new URL((await second.said(/Payments\s+(http:\S+)/))[1] ?? '').port, port)
  } finally {
    for (const { child } of started) child.kill('SIGKILL')
  }
})
