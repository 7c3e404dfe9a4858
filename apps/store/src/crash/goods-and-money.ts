/** Whether goods and money add up, by a fold of the log and the provider's books: nothing here is the store's own code. */
import assert from 'node:assert/strict'
import type { NewRecord } from '@millrace/core'
import type { Entry } from 'app-kit/payments'

interface Order {
  placed: boolean
  ended: boolean
  readonly captured: Map<number, number>
  readonly voided: Set<number>
  readonly requested: Map<string, { readonly attempt: number; readonly amountCents: number }>
  readonly refunded: Set<string>
  confirmed: boolean
  totalCents: number
  readonly wanted: Map<string, number>
  readonly shipped: Map<string, number>
  readonly open: Set<string>
}

interface Product {
  onHand: number
  readonly reserved: Map<string, number>
}

export interface Books {
  readonly orders: ReadonlyMap<string, Order>
  readonly products: ReadonlyMap<string, Product>
}

type Data = Readonly<Record<string, never>> & {
  readonly orderId: string
  readonly quantity: number
  readonly lines: readonly { readonly productId: string; readonly quantity: number }[]
  readonly attempt: number
  readonly amountCents: number
  readonly totalCents: number
  readonly refundId: string
  readonly onHand: number
}

/** Of all events, partition by partition. At no place in the log has a product less than nothing, or promised what it has not. */
export function readBooks(records: readonly NewRecord[]): Books {
  const orders = new Map<string, Order>()
  const products = new Map<string, Product>()
  for (const { kind, type, key, data } of records) {
    if (kind !== 'event') continue
    const said = JSON.parse(data) as Data
    const product = products.get(key) ?? { onHand: 0, reserved: new Map<string, number>() }
    const { reserved } = product
    if (type === 'StockReceived' || type === 'StockReturned') product.onHand += said.quantity
    else if (type === 'StockCorrected') product.onHand = said.onHand
    else if (type === 'StockReserved') {
      assert.ok(!reserved.has(said.orderId), `${key} is reserved twice for ${said.orderId}`)
      reserved.set(said.orderId, said.quantity)
    } else if (type === 'StockReleased') {
      assert.equal(reserved.get(said.orderId) ?? 0, said.quantity, `${key}: released for ${said.orderId} is not what was reserved`)
      reserved.delete(said.orderId)
    } else if (type === 'StockShipped') {
      product.onHand -= said.quantity
      const left = (reserved.get(said.orderId) ?? 0) - said.quantity
      assert.ok(left >= 0, `${key}: shipped to ${said.orderId} without a reservation`)
      if (left === 0) reserved.delete(said.orderId)
      else reserved.set(said.orderId, left)
    } else {
      foldOrder(orders, type, key, said)
      continue
    }
    products.set(key, product)
    const promised = [...reserved.values()].reduce((sum, quantity) => sum + quantity, 0)
    assert.ok(promised <= product.onHand, `${key} has ${product.onHand} and has promised ${promised} (${type})`)
  }
  return { orders, products }
}

function foldOrder(orders: Map<string, Order>, type: string, key: string, said: Data): void {
  // Of a product, what changes no number of pieces.
  if (type !== 'OrderPlaced' && !orders.has(key)) return
  const order = orders.get(key) ?? {
    placed: false,
    ended: false,
    captured: new Map(),
    voided: new Set(),
    requested: new Map(),
    refunded: new Set(),
    confirmed: false,
    totalCents: 0,
    wanted: new Map<string, number>(),
    shipped: new Map<string, number>(),
    open: new Set<string>(),
  }
  orders.set(key, order)
  const { attempt, amountCents, refundId, lines, totalCents } = said
  switch (type) {
    case 'OrderPlaced':
      assert.ok(!order.placed, `${key} was placed twice`)
      order.placed = true
      for (const { productId, quantity } of lines) order.wanted.set(productId, quantity)
      break
    case 'OrderReserved':
      order.totalCents = totalCents
      break
    case 'PaymentRequested':
      order.open.add(`attempt ${attempt}`)
      break
    case 'PaymentCaptured':
      assert.ok(!order.captured.has(attempt), `${key}: attempt ${attempt} was captured twice`)
      order.captured.set(attempt, amountCents)
      order.open.delete(`attempt ${attempt}`)
      break
    case 'PaymentVoided':
      order.voided.add(attempt)
      order.open.delete(`attempt ${attempt}`)
      break
    case 'PaymentDeclined':
      order.open.delete(`attempt ${attempt}`)
      break
    case 'RefundRequested':
      assert.ok(order.captured.has(attempt), `${key}: a refund of what was not paid`)
      order.requested.set(refundId, { attempt, amountCents })
      order.open.add(`refund ${refundId}`)
      break
    case 'RefundMade':
      assert.ok(!order.refunded.has(refundId), `${key}: refund ${refundId} was made twice`)
      order.refunded.add(refundId)
      order.open.delete(`refund ${refundId}`)
      break
    case 'OrderConfirmed':
      order.confirmed = true
      break
    case 'OrderCancelled':
      order.ended = true
      break
    case 'ParcelShipped':
      assert.ok(order.confirmed && !order.ended, `${key}: goods left the house that nobody paid for`)
      for (const { productId, quantity } of lines) order.shipped.set(productId, (order.shipped.get(productId) ?? 0) + quantity)
      break
  }
}

/** What is still on its way, in words; empty once all that began has ended. Refunds that failed wait for staff. */
export function unsettled({ orders, products }: Books, failedRefunds: ReadonlySet<string>): readonly string[] {
  const said: string[] = []
  for (const [id, order] of orders) {
    if (!order.confirmed && !order.ended) said.push(`${id} is neither paid nor over`)
    for (const each of order.open) if (!failedRefunds.has(`${id} ${each}`)) said.push(`${id}: ${each}`)
    for (const [productId, quantity] of order.wanted) {
      const left = products.get(productId)?.reserved.get(id) ?? 0
      const has = left + (order.shipped.get(productId) ?? 0)
      const due = order.ended ? 0 : quantity
      if (has !== due) said.push(`${id}: ${has} of ${due} ${productId}`)
    }
  }
  return said
}

/** In the end: the provider holds what the orders say, key by key, and whoever paid has goods or the money back. */
export function assertSettled({ orders }: Books, entries: readonly Entry[]): void {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]))
  for (const [id, order] of orders) {
    let heldCents = 0
    for (const [attempt, amountCents] of order.captured) {
      const entry = byKey.get(`${id}/charge-${attempt}`)
      assert.equal(entry?.status, 'captured', `${id}: attempt ${attempt} is captured, and the provider says ${entry?.status}`)
      assert.equal(entry.amountCents, amountCents, id)
      heldCents += amountCents
    }
    for (const refundId of order.refunded) {
      const entry = byKey.get(`${id}/refund-${refundId}`)
      assert.equal(entry?.status, 'refunded', `${id}: refund ${refundId} is made, and the provider says ${entry?.status}`)
      heldCents -= entry.amountCents
    }
    const owedCents = [...order.requested].reduce(
      (sum, [refundId, { amountCents }]) => (order.refunded.has(refundId) ? sum : sum + amountCents),
      0,
    )
    if (order.ended) assert.equal(heldCents - owedCents, 0, `${id} is over, and ${heldCents} are kept`)
    else if (order.confirmed) assert.ok(heldCents > 0 || order.requested.size > 0, `${id} has goods, and nothing was paid`)
  }
  for (const { key, kind, status } of entries) {
    if (kind !== 'charge' || status !== 'captured') continue
    const [id = '', charge = ''] = key.split('/')
    const attempt = Number(charge.slice('charge-'.length))
    assert.ok(orders.get(id)?.captured.has(attempt), `${key} was taken, and no order knows of it`)
  }
}
