import type { Product } from '../api/client.ts'

export interface CartLine {
  readonly product: Product
  readonly pieces: number
}
