import { z } from 'zod'

const idOf = (what: string) => z.string().regex(/^(?!__proto__$)[A-Za-z0-9_-]{1,64}$/, `${what} is 1 to 64 letters, digits, '-' or '_'`)

export const productId = idOf('a productId')
/** Whoever knows it can open the order: 16 letters and digits at least, at random. */
export const orderId = z.string().regex(/^[A-Za-z0-9_-]{16,64}$/, "an orderId is 16 to 64 letters, digits, '-' or '_'; take them at random")
/** Whoever knows it can see the customer's orders: random, and nothing that a customer is called elsewhere. */
export const customerId = z.uuidv4(
  'a customerId is a random UUID (version 4), as crypto.randomUUID() makes them: whoever knows it can see the orders',
)
export const parcelId = idOf('a parcelId')
export const returnId = idOf('a returnId')
export const refundId = idOf('a refundId')
