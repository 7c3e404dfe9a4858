export interface StockHint {
  readonly text: string
  readonly tone: 'plenty' | 'few' | 'none'
}

/** Few enough to say how many. */
const FEW = 5

/** What the shelf says. Pieces in carts are not reserved: they count as here until somebody orders them. */
export function stockHint(available: number, inCart: number): StockHint {
  if (available <= 0) return { text: inCart > 0 ? 'Sold out meanwhile' : 'Sold out', tone: 'none' }
  if (inCart > available) return { text: `Only ${available} left`, tone: 'none' }
  if (available === 1) return { text: 'The last one', tone: 'few' }
  return available <= FEW ? { text: `Only ${available} left`, tone: 'few' } : { text: 'In stock', tone: 'plenty' }
}
