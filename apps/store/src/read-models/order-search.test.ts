/** How a search is made: of ranges of an index, whatever is asked for. */
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { tableReader, type SqlValue, type Statement } from '@millrace/core'
import { searchInput, type OrderSearch } from './order-questions.ts'
import { searchOrders } from './order-search.ts'
import { fromStatus, tables, toStatus } from './order-tables.ts'
import { FULFILMENT_STATUSES, ORDER_STATUSES, PAYMENT_STATUSES } from './order-document.ts'

test('a number says three statuses, and each number other ones', () => {
  const numbers = new Set<number>()
  for (const order of ORDER_STATUSES)
    for (const payment of PAYMENT_STATUSES)
      for (const fulfilment of FULFILMENT_STATUSES) {
        const number = toStatus({ order, payment, fulfilment })
        assert.deepEqual(fromStatus(number), { order, payment, fulfilment })
        numbers.add(number)
      }
  assert.equal(numbers.size, ORDER_STATUSES.length * PAYMENT_STATUSES.length * FULFILMENT_STATUSES.length)
})

/** What SQLite does for each statement of a search. */
async function plansOf(search: OrderSearch): Promise<readonly string[]> {
  const database = new DatabaseSync(':memory:')
  for (const each of tables) database.exec(each)
  const place = database.prepare('insert into order_places (order_id, product_id, status, placed_ms) values (?, ?, ?, ?)')
  for (let status = 0; status < 3; status++) for (const product of ['', 'lamp']) place.run(`order-${status}`, product, status, status)
  const bound = (values: readonly SqlValue[]): (string | bigint)[] =>
    values.map((value) => (typeof value === 'number' ? BigInt(value) : String(value)))
  const steps: string[] = []
  const reader = tableReader(({ texts, values }: Statement) => {
    const sql = texts.join('?')
    for (const { detail } of database.prepare(`explain query plan ${sql}`).all(...bound(values))) steps.push(String(detail))
    return Promise.resolve(database.prepare(sql).all(...bound(values)) as Record<string, SqlValue>[])
  })
  try {
    await searchOrders(search, reader)
  } finally {
    database.close()
  }
  return steps
}

const dates = { from: '2026-01-01', to: '2026-02-01' }
const page = `${String(10 ** 15 - 2).padStart(15, '0')}/order-000000000000`
for (const [name, search] of Object.entries({
  nothing: {},
  days: dates,
  'a status': { order: 'pending' },
  'a status and days': { fulfilment: 'reserving', ...dates },
  'two statuses, days and a page': { order: 'pending', payment: 'awaiting', ...dates, page },
  'a product': { productId: 'lamp' },
  'a product and days': { productId: 'lamp', ...dates },
  'a product, a status and days': { productId: 'lamp', payment: 'awaiting', ...dates },
  'a product, three statuses, days and a page': {
    productId: 'lamp',
    order: 'pending',
    payment: 'awaiting',
    fulfilment: 'reserved',
    ...dates,
    page,
  },
  'a number': { number: 'MR-4K7Q-9XWD' },
  'a number and an address': { number: 'MR-4K7Q-9XWD', email: 'eve@example.org', ...dates },
  'an address': { email: 'eve@example.org' },
  'an address, a product, a status and days': { email: 'eve@example.org', productId: 'lamp', order: 'pending', ...dates, page },
}))
  test(`a search for ${name} looks at ranges of indexes and at no order beside`, async () => {
    const steps = await plansOf(searchInput.parse(search))
    const read = steps.filter((step) => /^(SEARCH|SCAN) [op] USING /.test(step))
    const whole = steps.filter((step) => step.startsWith('SCAN') && !read.includes(step))
    // Of what has been found, or of the combinations of statuses; of no table.
    for (const step of whole) assert.match(step, /^SCAN (r|u|p|there|\d+ CONSTANT ROW|CONSTANT ROW)$/, steps.join('\n'))
    for (const step of read) assert.match(step, / USING (COVERING )?INDEX /, steps.join('\n'))
    const has = (index: RegExp): void => assert.match(read.join('\n'), index)
    if ('number' in search) has(/SEARCH o USING INDEX orders_by_number/)
    else if ('email' in search) has(/SEARCH o USING INDEX orders_by_email/)
    else if ('order' in search || 'payment' in search || 'fulfilment' in search || 'productId' in search)
      has(/SEARCH p USING COVERING INDEX order_places_by_status \(product_id=\? AND status=\?/)
    // In the order of its index, for as long as the page wants more.
    else has(/(SEARCH|SCAN) o USING INDEX orders_by_time/)
    assert.ok(
      !steps.some((step) => step.includes('orders_by_time')) || !steps.some((step) => step.includes('TEMP B-TREE')),
      steps.join('\n'),
    )
  })
