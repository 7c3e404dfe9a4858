/**
 * Random customers, staff, payments and outages, in any order that the log allows: goods and money add up, at every step
 * and in the end. Against the double-sold last item (magento/inventory#3036), reservations that are not given back
 * (medusajs/medusa#11703), negative stock (#12401), an order whose own reserved goods can't be shipped (#6500), a refund
 * without a payment, and a payment without goods.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command } from '@millrace/core'
import { createLedger, type Ledger } from 'app-kit/payments'
import { createRandom, type Random } from 'app-kit/random'
import { product } from '../catalogue/product.ts'
import type { ProductState } from '../catalogue/product-state.ts'
import { moodyProvider } from '../testing/moody-provider.ts'
import { SimulatedStore } from '../testing/simulated-store.ts'
import type { OrderState } from './order-state.ts'
import { order } from './order.ts'

const PRODUCTS = ['a', 'b', 'c']
const PRICE_CENTS = 100
const ORDERS = 16

const orderIdOf = (number: number): string => `order-${String(number).padStart(10, '0')}`

function act(store: SimulatedStore, random: Random): void {
  const orderId = orderIdOf(random.below(ORDERS))
  const state = store.statesOf<OrderState>(order).get(orderId)
  const pickOr = (otherwise: string, from: Iterable<string> = []): string => {
    const all = [...from]
    return all.length > 0 ? random.pick(all) : otherwise
  }
  const parcelId = pickOr('none', state?.parcels.keys())
  const some = () => [
    {
      productId: pickOr(
        'a',
        state?.lines.map(({ productId }) => productId),
      ),
      quantity: 1 + random.below(2),
    },
  ]
  const [staff, id] = ['Ann', `x${random.below(1_000)}`]
  const actions: readonly (() => void)[] = [
    () => {
      const lines = Array.from({ length: 1 + random.below(4) }, () => ({
        productId: random.pick(random.next() < 0.05 ? ['nothing'] : PRODUCTS),
        quantity: 1 + random.below(3),
        agreedPriceCents: PRICE_CENTS + random.below(30),
      }))
      const address = { street: 's', city: 'c', postcode: 'p', country: 'e' }
      const data = {
        orderId,
        customerId: '7c1a4f0e-52d8-4b7e-9d36-1f0e8b6a2c55',
        email: 'e@example.org',
        name: 'E',
        address,
        lines,
        paymentMethod: 'card',
      }
      store.send(command('PlaceOrder', { ...data, payWithinMs: 60_000 }))
    },
    () => store.send(command('RetryPayment', { orderId, paymentMethod: 'card' })),
    () => random.next() < 0.3 && store.send(command('CancelOrder', { orderId })),
    () => random.next() < 0.2 && store.send(command('WithdrawOrder', { orderId, staff })),
    () => store.send(command('PackParcel', { orderId, parcelId: id, staff })),
    () => store.send(command('PackParcel', { orderId, parcelId: id, staff, lines: some() })),
    () => store.send(command('ShipParcel', { orderId, parcelId, staff, carrier: 'c', tracking: 't' })),
    () => store.send(command('ConfirmDelivery', { orderId, parcelId })),
    () => store.send(command('RequestReturn', { orderId, returnId: id, lines: some(), reason: 'r' })),
    () => {
      const returnId = pickOr('none', state?.returns.keys())
      store.send(command('ReceiveReturn', { orderId, returnId, restock: random.next() < 0.7, staff }))
    },
    () => store.send(command('RefundOrder', { orderId, refundId: id, amountCents: 1 + random.below(250), staff })),
    () => {
      for (const [refundId, { status }] of state?.refunds ?? [])
        if (status === 'failed') store.send(command('RetryRefund', { orderId, refundId, staff }))
    },
    () => store.send(command('ReceiveStock', { productId: random.pick(PRODUCTS), quantity: 1 + random.below(8) })),
    () => store.send(command('CorrectStock', { productId: random.pick(PRODUCTS), onHand: random.below(16), reason: 'r' })),
    () => store.send(command('ChangePrice', { productId: random.pick(PRODUCTS), priceCents: PRICE_CENTS + random.below(25) })),
    () => store.pass(random.below(3_000)),
  ]
  // The way to a return is long: who is on it goes on.
  const next = state?.returns.size ? [9] : state?.status === 'completed' ? [8] : state?.parcels.size ? [6, 7] : []
  if (next.length > 0 && random.next() < 0.3) actions[random.pick(next)]!()
  else random.pick(actions)()
}

/** No product has less than nothing, or promises more than it has. */
function assertStock(store: SimulatedStore, where: string): void {
  for (const [productId, { onHand, reserved, reservations }] of store.statesOf<ProductState>(product)) {
    const promised = [...reservations.values()].reduce((sum, { quantity }) => sum + quantity, 0)
    assert.equal(reserved, promised, `${where}: ${productId} counts ${reserved} reserved, and has promised ${promised}`)
    assert.ok(reserved >= 0 && reserved <= onHand, `${where}: ${productId} has ${onHand}, of which ${reserved} are reserved`)
  }
}

/** Once nothing is on its way any more: every order has its goods and was paid for them, or has neither. */
function assertSettled(store: SimulatedStore, ledger: Ledger, where: string): void {
  const products = store.statesOf<ProductState>(product)
  for (const [orderId, state] of store.statesOf<OrderState>(order)) {
    const at = `${where}: ${orderId}`
    if (state.status === 'none') continue
    assert.notEqual(state.status, 'pending', `${at} is neither paid nor over`)
    const isOver = state.status === 'cancelled'
    for (const { productId, quantity, packed } of state.lines) {
      const shipped = [...state.parcels.values()]
        .filter(({ status }) => status !== 'packed')
        .flatMap(({ lines }) => lines)
        .reduce((sum, line) => (line.productId === productId ? sum + line.quantity : sum), 0)
      const waiting = products.get(productId)?.reservations.get(orderId)?.quantity ?? 0
      assert.equal(shipped + waiting, isOver ? 0 : quantity, `${at}: of ${quantity} ${productId}, ${shipped} shipped, ${waiting} reserved`)
      assert.ok(packed <= quantity, `${at}: packed ${packed} of ${quantity}`)
    }
    const owed = [...state.refunds.values()].reduce((sum, { amountCents, status }) => (status === 'failed' ? sum + amountCents : sum), 0)
    const given = [...state.refunds.entries()].reduce((sum, [, { amountCents, status, attempt }]) => {
      assert.notEqual(status, 'requested', `${at} waits for a refund`)
      assert.equal(state.attempts[attempt - 1]?.status, 'captured', `${at}: a refund without a payment`)
      return status === 'made' ? sum + amountCents : sum
    }, 0)
    const captured = state.attempts.reduce((sum, { status, amountCents }) => (status === 'captured' ? sum + amountCents : sum), 0)
    const balance = ledger
      .entries()
      .filter(({ key }) => key.startsWith(`${orderId}/`))
      .reduce((sum, { status, amountCents }) => sum + (status === 'captured' ? amountCents : status === 'refunded' ? -amountCents : 0), 0)
    // A refund whose answer was lost every time may have been made: it is told apart when it is asked for again.
    assert.ok(
      balance <= captured - given && balance >= captured - given - owed,
      `${at}: the provider holds ${balance}, the order says ${captured - given}`,
    )
    if (isOver) assert.equal(captured - given - owed, 0, `${at} is over, and kept ${captured - given - owed}`)
    else assert.ok(captured >= state.totalCents && balance <= state.totalCents, `${at} has goods for ${state.totalCents}, paid ${captured}`)
  }
}

async function run(seed: number, steps: number): Promise<{ readonly outcomes: ReadonlyMap<string, number>; readonly entries: number }> {
  const random = createRandom(seed)
  const ledger = createLedger()
  const store = new SimulatedStore(moodyProvider(ledger, random), random)
  for (const productId of PRODUCTS) {
    store.send(
      command('AddProduct', { productId, name: productId, category: 'c', description: 'd', picture: 'p', priceCents: PRICE_CENTS }),
    )
    store.send(command('ReceiveStock', { productId, quantity: 15 }))
  }
  for (let step = 0; step < steps; step++) {
    const mood = random.next()
    if (mood < 0.5) act(store, random)
    else if (mood < 0.94) await store.react()
    else await store.reactAgain()
    assertStock(store, `seed ${seed}, step ${step}`)
  }
  await store.settle()
  assertStock(store, `seed ${seed}, at the end`)
  assertSettled(store, ledger, `seed ${seed}`)
  return { outcomes: store.outcomes, entries: ledger.entries().length }
}

test('whatever happens, goods and money add up', async () => {
  const outcomes = new Map<string, number>()
  for (let seed = 1; seed <= 30; seed++)
    for (const [name, count] of (await run(seed, 1_200)).outcomes) outcomes.set(name, (outcomes.get(name) ?? 0) + count)
  // A test that never meets a case proves nothing about it.
  for (const name of [
    'PlaceOrder accepted',
    'PlaceOrder order-exists',
    'RecordRefusal accepted',
    'RecordPayment accepted',
    'RecordDecline accepted',
    'RecordNoAnswer accepted',
    'RecordVoid accepted',
    'RetryPayment accepted',
    'RetryPayment payment-pending',
    'ExpirePayment accepted',
    'ShipParcel accepted',
    'ShipStock accepted',
    'ReturnStock accepted',
    'CancelOrder accepted',
    'CancelOrder order-packed',
    'WithdrawOrder accepted',
    'PackParcel accepted',
    'PackParcel order-cancelled',
    'PackParcel nothing-to-pack',
    'ShipParcel parcel-shipped',
    'ConfirmDelivery accepted',
    'RequestReturn accepted',
    'ReceiveReturn accepted',
    'RefundOrder accepted',
    'RefundOrder not-paid',
    'RefundOrder more-than-paid',
    'RecordFailedRefund accepted',
    'RetryRefund accepted',
    'CorrectStock below-reserved',
  ]) {
    const met = [...outcomes].map(([each, count]) => `${count} ${each}`).join('\n')
    assert.ok((outcomes.get(name) ?? 0) > 0, `${name} never happened:\n${met}`)
  }
})

test('the same seed gives the same run', async () => assert.deepEqual(await run(7, 400), await run(7, 400)))
