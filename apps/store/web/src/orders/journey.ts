import type { Order } from '../api/client.ts'

export interface Stage {
  readonly label: string
  /** When it was reached; undefined before that. */
  readonly atMs: number | undefined
  readonly state: 'done' | 'current' | 'ahead'
}

const STAGES: readonly (readonly [label: string, reachedWith: string])[] = [
  ['Placed', 'OrderPlaced'],
  ['Paid', 'OrderConfirmed'],
  ['Packed', 'ParcelPacked'],
  ['Shipped', 'ParcelShipped'],
  ['Delivered', 'OrderCompleted'],
]

/** How far an order has come: the stages behind it, the one it waits for, and those ahead. None is current once it is over. */
export function toJourney({ order, timeline }: Pick<Order, 'order' | 'timeline'>): Stage[] {
  const reached = STAGES.map(([, what]) => timeline.find((step) => step.what === what)?.atMs)
  const next = reached.findIndex((atMs) => atMs === undefined)
  return STAGES.map(([label], at) => ({
    label,
    atMs: reached[at],
    state: reached[at] !== undefined ? 'done' : at === next && order !== 'cancelled' ? 'current' : 'ahead',
  }))
}
