/** What the shop has: for customers what they may buy, for staff what lies where. */
import { projection, type EventContext } from '@millrace/core'
import { z } from 'zod'
import { product } from '../catalogue/product.ts'
import { productId } from '../ids.ts'

const document = z.object({
  productId: z.string(),
  name: z.string(),
  category: z.string(),
  description: z.string(),
  picture: z.string(),
  priceCents: z.number(),
  onHand: z.number(),
  reserved: z.number(),
})
type Document = z.infer<typeof document>

const offer = document.omit({ onHand: true, reserved: true }).extend({ available: z.number() })
const stockLine = z.object({
  productId: z.string(),
  name: z.string(),
  priceCents: z.number(),
  onHand: z.number(),
  reserved: z.number(),
  available: z.number(),
})

/** A catalogue of more products wants pages; this one is shown whole. */
const MOST_PRODUCTS = 1_000

async function move(by: Partial<Record<'onHand' | 'reserved', number>>, { model, key }: EventContext<Document>): Promise<void> {
  const known = await model.get(key)
  if (known === undefined) return
  model.patch(key, { onHand: known.onHand + (by.onHand ?? 0), reserved: known.reserved + (by.reserved ?? 0) })
}

export const catalogue = projection('catalogue', {
  from: [product],
  document,
  on: {
    ProductAdded: (details, { model, key: productId }) => model.put(productId, { productId, ...details, onHand: 0, reserved: 0 }),
    PriceChanged: ({ priceCents }, { model, key }) => model.patch(key, { priceCents }),
    StockReceived: ({ quantity }, context) => move({ onHand: quantity }, context),
    StockCorrected: ({ onHand }, { model, key }) => model.patch(key, { onHand }),
    StockReserved: ({ quantity }, context) => move({ reserved: quantity }, context),
    StockRefused: () => undefined,
    StockReleased: ({ quantity }, context) => move({ reserved: -quantity }, context),
    StockShipped: ({ quantity }, context) => move({ onHand: -quantity, reserved: -quantity }, context),
    StockReturned: ({ quantity }, context) => move({ onHand: quantity }, context),
  },
  queries: (query) => ({
    /** By category and name. */
    catalogue: query(
      z.object({}),
      async (_input, model) =>
        (await model.list({ limit: MOST_PRODUCTS }))
          .map(({ onHand, reserved, ...about }) => ({ ...about, available: onHand - reserved }))
          .sort((one, other) => compare(one.category, other.category) || compare(one.name, other.name)),
      { result: z.array(offer) },
    ),
    /** Of one product, or of all, by name. */
    stock: query(
      z.object({ productId: productId.optional() }),
      async ({ productId }, model) => {
        const one = productId === undefined ? undefined : await model.get(productId)
        const all = productId === undefined ? await model.list({ limit: MOST_PRODUCTS }) : one === undefined ? [] : [one]
        return all
          .map(({ productId, name, priceCents, onHand, reserved }) => ({
            productId,
            name,
            priceCents,
            onHand,
            reserved,
            available: onHand - reserved,
          }))
          .sort((one, other) => compare(one.name, other.name))
      },
      { result: z.array(stockLine) },
    ),
  }),
})

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
