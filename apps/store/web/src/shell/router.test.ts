import assert from 'node:assert/strict'
import { test } from 'node:test'
import { orderLink, staffOrderLink, toRoute } from './router.ts'

test('reads every page from its link', () => {
  assert.deepEqual(toRoute(''), { page: 'shop' })
  assert.deepEqual(toRoute('#/cart'), { page: 'cart' })
  assert.deepEqual(toRoute('#/staff'), { page: 'board' })
  assert.deepEqual(toRoute('#/staff/orders'), { page: 'search' })
  assert.deepEqual(toRoute(orderLink('a b')), { page: 'order', orderId: 'a b' })
  assert.deepEqual(toRoute(staffOrderLink('a')), { page: 'staff-order', orderId: 'a' })
})

test('says so when a link leads nowhere', () => {
  for (const hash of ['#/order', '#/order/', '#/nothing/1', '#/staff/order', '#/cart/1', '#/constructor'])
    assert.deepEqual(toRoute(hash), { page: 'unknown' }, hash)
})
