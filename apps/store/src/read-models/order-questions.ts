/** What orders are asked for, and how the answers look. */
import { z } from 'zod'
import { customerId, orderId, productId } from '../ids.ts'
import { readOrderNumber } from '../ordering/order-number.ts'
import { ACTIONS, FULFILMENT_STATUSES, listed, ORDER_STATUSES, PAYMENT_STATUSES, shown } from './order-document.ts'
import { readLatestFirst } from './order-lists.ts'

export const orderInput = z.object({ orderId })
export const ordersOfInput = z.object({ customerId })
export const boardResult = z.array(z.object({ action: z.enum(ACTIONS), orders: z.array(shown), hasMore: z.boolean() }))

/** All that is given must hold; `page`: the `next` of the page before. */
export const searchInput = z.object({
  number: z
    .string()
    .max(40)
    .transform((text, { addIssue }) => {
      const number = readOrderNumber(text)
      if (number === undefined) addIssue({ code: 'custom', message: 'an order number is as MR-4K7Q-9XWD' })
      return number
    })
    .optional(),
  email: z.string().trim().toLowerCase().max(200).optional(),
  productId: productId.optional(),
  order: z.enum(ORDER_STATUSES).optional(),
  payment: z.enum(PAYMENT_STATUSES).optional(),
  fulfilment: z.enum(FULFILMENT_STATUSES).optional(),
  /** Days (UTC), both included. */
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  page: z
    .string()
    .refine((text) => readLatestFirst(text) !== undefined, 'a page is what `next` said on the page before')
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(25),
})
export type OrderSearch = z.infer<typeof searchInput>

/** `next`: where the next page begins; left out after the last one. */
export const searchResult = z.object({ orders: z.array(listed), next: z.string().optional() })
export type OrderPage = z.infer<typeof searchResult>

/** Epoch milliseconds of the first and the last moment that the days of a search leave. */
export function momentsOf({ from, to }: OrderSearch): { readonly fromMs: number | undefined; readonly toMs: number | undefined } {
  return {
    fromMs: from === undefined ? undefined : Date.parse(from),
    toMs: to === undefined ? undefined : Date.parse(to) + DAY_MS - 1,
  }
}
const DAY_MS = 86_400_000
