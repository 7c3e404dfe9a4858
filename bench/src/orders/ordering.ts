/** What every peer of `orders` does: take an order of two products through stock and payment until it is confirmed. */
export const PRODUCTS: readonly string[] = Array.from({ length: 100 }, (_, at) => `product-${at}`)
export const PRICE_CENTS = 1_000
/** Pieces of each product: more than all rounds take. */
export const STOCK = 1_000_000
export const CUSTOMER = {
  customerId: '2e9b7d44-0c1f-4a6b-8f52-c3d7e1a90b18',
  email: 'ada@example.org',
  name: 'Ada',
  address: { street: '1 Mill Lane', city: 'Mill', postcode: '1000', country: 'NL' },
} as const

export type OrderLines = readonly { readonly productId: string; readonly quantity: number }[]

export interface Ordering extends AsyncDisposable {
  /** Resolves once the order is placed, its goods are reserved, its payment is taken and it is confirmed, all durably. */
  place(orderId: string, lines: OrderLines): Promise<void>
}

export function linesOf(count: number): OrderLines {
  const first = count % PRODUCTS.length
  const second = (first + 1 + (Math.floor(count / PRODUCTS.length) % (PRODUCTS.length - 1))) % PRODUCTS.length
  return [
    { productId: PRODUCTS[first]!, quantity: 1 },
    { productId: PRODUCTS[second]!, quantity: 2 },
  ]
}
