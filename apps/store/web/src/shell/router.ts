import { toHashParts } from 'app-kit/web/shell/hash-parts.ts'

/** As the server takes it. A link that was cut short leads nowhere; asking for its order would be refused again and again. */
const isOrderId = (text: string | undefined): text is string => text !== undefined && /^[A-Za-z0-9_-]{16,64}$/.test(text)

export type Route =
  | { readonly page: 'shop' | 'cart' | 'orders' | 'look-up' | 'board' | 'search' | 'stock' | 'unknown' }
  | { readonly page: 'order' | 'staff-order'; readonly orderId: string }

const PAGES: Readonly<Record<string, Exclude<Route, { readonly orderId: string }>['page']>> = {
  '': 'shop',
  cart: 'cart',
  orders: 'orders',
  'look-up': 'look-up',
  staff: 'board',
  'staff/orders': 'search',
  'staff/stock': 'stock',
}

export function toRoute(hash: string): Route {
  const parts = toHashParts(hash)
  const path = parts.join('/')
  const page = Object.hasOwn(PAGES, path) ? PAGES[path] : undefined
  if (page !== undefined) return { page }
  const orderId = parts.at(-1)
  if (!isOrderId(orderId)) return { page: 'unknown' }
  if (parts.length === 2 && parts[0] === 'order') return { page: 'order', orderId }
  if (parts.length === 3 && parts[0] === 'staff' && parts[1] === 'order') return { page: 'staff-order', orderId }
  return { page: 'unknown' }
}

export const orderLink = (orderId: string): string => `#/order/${encodeURIComponent(orderId)}`
export const staffOrderLink = (orderId: string): string => `#/staff/order/${encodeURIComponent(orderId)}`
