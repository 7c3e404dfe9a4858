import { app } from '@millrace/core'
import type { PaymentProvider } from 'app-kit/payments'
import { product } from './catalogue/product.ts'
import { order } from './ordering/order.ts'
import { createPaying } from './ordering/paying.ts'
import { stockKeeping } from './ordering/stock-keeping.ts'
import { catalogue } from './read-models/catalogue.ts'
import { orders } from './read-models/orders.ts'

/** The store: products and orders decide, two reactors carry word between them and to who takes the money. */
export const createStore = ({ payments }: { readonly payments: PaymentProvider }) =>
  app('store', {
    aggregates: [product, order],
    projections: [catalogue, orders],
    reactors: [stockKeeping, createPaying(payments)],
  })

export type Store = ReturnType<typeof createStore>
