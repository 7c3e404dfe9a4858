/** Reads page after page of a search while orders come in, and compares what it was given with what there is. */
import assert from 'node:assert/strict'
import { expectOk, get, openWires, type Wire } from '../shared/wire.ts'
import { dayOf, pastOrderId, placedAtMs, stageOf } from './past-orders.ts'

interface Page {
  readonly orders: readonly { readonly orderId: string; readonly placedAtMs: number }[]
  readonly next?: string
}

/** So many pages of the latest orders, at most. */
const LATEST = 40

export async function walkPages(port: number, orders: number): Promise<{ readonly pages: number; readonly latest: number }> {
  const [wire] = (await openWires(port, 1)) as [Wire]
  try {
    const last = Math.floor(orders / 2)
    const [from, to] = [dayOf(Math.max(0, last - 2 * 1_440)), dayOf(last)]
    const confirmed = await walk(wire, { order: 'confirmed', from, to }, Infinity)
    const [fromMs, toMs] = [Date.parse(from), Date.parse(to) + 86_400_000]
    const expected = Array.from({ length: orders }, (_, n) => n)
      .filter((n) => stageOf(n) === 'confirmed' && placedAtMs(n) >= fromMs && placedAtMs(n) < toMs)
      .map(pastOrderId)
      .reverse()
    assert.deepEqual(confirmed.ids, expected)
    const latest = await walk(wire, {}, LATEST)
    assert.equal(new Set(latest.ids).size, latest.ids.length, 'an order was on two pages')
    return { pages: confirmed.pages, latest: latest.pages }
  } finally {
    wire.close()
  }
}

/** The ids of all pages, in their order, the latest orders first. */
async function walk(
  wire: Wire,
  search: Readonly<Record<string, string>>,
  most: number,
): Promise<{ readonly ids: readonly string[]; readonly pages: number }> {
  const found: Page['orders'][number][] = []
  let pages = 0
  for (let page: string | undefined = ''; page !== undefined && pages < most; pages++) {
    const input = new URLSearchParams({ ...search, ...(page !== '' && { page }) })
    const answer: Page = JSON.parse(expectOk(await wire.ask(get(`/queries/orders?${input.toString()}`))).body.toString()) as Page
    found.push(...answer.orders)
    page = answer.next
  }
  assert.deepEqual(
    found,
    found.toSorted((one, other) => other.placedAtMs - one.placedAtMs),
    'the latest come first',
  )
  return { ids: found.map(({ orderId }) => orderId), pages }
}
