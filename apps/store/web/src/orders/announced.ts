import type { Order } from '../api/client.ts'

/** How many pieces of a product have been announced as coming back, or have come. */
export const announced = ({ returns }: Order, productId: string): number =>
  returns.flatMap(({ lines }) => lines).reduce((sum, line) => (line.productId === productId ? sum + line.quantity : sum), 0)
