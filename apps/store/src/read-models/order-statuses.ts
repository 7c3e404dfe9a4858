/** What the three lines of status say, and what is to be done next: from what was counted. */
import type { Action, StoredOrder } from './order-document.ts'

type Counts = Pick<StoredOrder, 'order' | 'attempt' | 'capturedCents' | 'refundedCents' | 'lines' | 'refunds' | 'parcels' | 'returns'>

export function paymentStatus({ order, attempt, capturedCents, refundedCents, refunds }: Counts): StoredOrder['payment'] {
  if (capturedCents > 0) {
    const statuses = Object.values(refunds).map(({ status }) => status)
    if (statuses.includes('failed')) return 'refund-failed'
    if (statuses.includes('requested')) return 'refund-due'
    if (refundedCents >= capturedCents) return 'refunded'
    return refundedCents > 0 ? 'partly-refunded' : 'paid'
  }
  if (attempt === 'requested' || attempt === 'unresolved') return attempt
  if (order === 'cancelled') return 'unpaid'
  return attempt === 'none' ? 'awaiting' : 'declined'
}

export function fulfilmentStatus({ order, lines }: Counts): StoredOrder['fulfilment'] {
  if (order === 'cancelled') return 'none'
  const all = Object.values(lines)
  if (order === 'pending') return all.every(({ priceCents }) => priceCents !== undefined) ? 'reserved' : 'reserving'
  const furthest = (['returned', 'delivered', 'shipped', 'packed'] as const).find((what) => all.some((line) => line[what] > 0))
  if (furthest === undefined) return 'to-pack'
  return all.every((line) => line[furthest] >= line.quantity) ? furthest : `partly-${furthest}`
}

export function nextActions({ order, lines, parcels, returns, refunds }: Counts): Action[] {
  const actions: Action[] = []
  if (order === 'confirmed' && Object.values(lines).some(({ packed, quantity }) => packed < quantity)) actions.push('pack')
  const statuses = Object.values(parcels).map(({ status }) => status)
  if (statuses.includes('packed')) actions.push('ship')
  if (statuses.includes('shipped')) actions.push('deliver')
  if (Object.values(returns).some(({ status }) => status === 'announced')) actions.push('receive-return')
  if (Object.values(refunds).some(({ status }) => status === 'failed')) actions.push('retry-refund')
  return actions
}
