import assert from 'node:assert/strict'
import { test } from 'node:test'
import { orderLink, staffOrderLink, toRoute } from './router.ts'

test('reads every page from its link', () => {
  assert.deepEqual(toRoute(''), { page: 'shop' })
  assert.deepEqual(toRoute('#/cart'), { page: 'cart' })
  assert.deepEqual(toRoute('#/staff'), { page: 'board' })
  assert.deepEqual(toRoute('#/staff/orders'), { page: 'search' })
  const orderId = 'mill-wheel-water-7'
  assert.deepEqual(toRoute(orderLink(orderId)), { page: 'order', orderId })
  assert.deepEqual(toRoute(staffOrderLink(orderId)), { page: 'staff-order', orderId })
})

test('says so when a link leads nowhere', () => {
  for (const hash of [
    '#/order',
    '#/order/',
    '#/nothing/1',
    '#/staff/order',
    '#/cart/1',
    '#/constructor',
    '#/order/cut-short',
    '#/staff/order/a b',
  ])
    assert.deepEqual(toRoute(hash), { page: 'unknown' }, hash)
})
