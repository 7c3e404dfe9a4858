import { createStore, useStore } from 'app-kit/web/shell/store.ts'
import { readStoredJson, writeStored } from '../shell/storage.ts'

/** Pieces by product. It lives in this browser, for all of its tabs; nothing is reserved until it is ordered. */
export type Cart = Readonly<Record<string, number>>

const KEY = 'millrace.cart'
export const MOST_PIECES = 20

const readCart = (): Cart => {
  const known = readStoredJson(KEY)
  if (typeof known !== 'object' || known === null) return {}
  return Object.fromEntries(Object.entries(known).filter((entry): entry is [string, number] => Number.isInteger(entry[1]) && entry[1] > 0))
}

const cart = createStore<Cart>(readCart())
window.addEventListener('storage', (event) => {
  if (event.key === KEY) cart.set(readCart())
})

/** None takes the product out. */
export function setPieces(productId: string, pieces: number): void {
  const { [productId]: _, ...others } = cart.get()
  const next: Cart = pieces > 0 ? { ...cart.get(), [productId]: Math.min(pieces, MOST_PIECES) } : others
  cart.set(next)
  writeStored(KEY, JSON.stringify(next))
}

export const addPieces = (productId: string, pieces: number): void => setPieces(productId, (cart.get()[productId] ?? 0) + pieces)

export function emptyCart(): void {
  for (const productId of Object.keys(cart.get())) setPieces(productId, 0)
}

export const useCart = (): Cart => useStore(cart)
export const useCartCount = (): number => Object.values(useCart()).reduce((sum, pieces) => sum + pieces, 0)
