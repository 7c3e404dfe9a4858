/** A product: what it is, what it costs, how many there are, and to which orders they are promised. */
import { aggregate, event, reject } from '@millrace/core'
import { z } from 'zod'
import { orderId, parcelId, productId, returnId } from '../ids.ts'
import { availableOf, endReservation, noProduct, remember } from './product-state.ts'

export const MAX_QUANTITY = 1_000
const quantity = z.int().min(1).max(MAX_QUANTITY)
const priceCents = z.int().min(1).max(10_000_000)
const pieces = z.int().min(0).max(1_000_000)
const text = (most: number) => z.string().trim().min(1).max(most)

/** Why an order gets nothing of a product. */
export const REFUSALS = ['out-of-stock', 'price-changed', 'product-unknown', 'order-over'] as const

// Stored for ever: new fields are optional, types are never renamed.
const events = {
  ProductAdded: z.object({
    name: z.string(),
    category: z.string(),
    description: z.string(),
    /** The name of a drawing that the page knows. */
    picture: z.string(),
    priceCents: z.number(),
  }),
  PriceChanged: z.object({ priceCents: z.number() }),
  StockReceived: z.object({ quantity: z.number() }),
  StockCorrected: z.object({ onHand: z.number(), reason: z.string() }),
  /** The price is the one of this moment: what the order costs is decided here, not by whoever orders. */
  StockReserved: z.object({ orderId: z.string(), quantity: z.number(), name: z.string(), priceCents: z.number() }),
  /** An event, not a rejection: the order waits for the answer. */
  StockRefused: z.object({
    orderId: z.string(),
    quantity: z.number(),
    reason: z.enum(REFUSALS),
    available: z.number(),
    name: z.string().optional(),
    priceCents: z.number().optional(),
  }),
  StockReleased: z.object({ orderId: z.string(), quantity: z.number() }),
  StockShipped: z.object({ orderId: z.string(), parcelId: z.string(), quantity: z.number() }),
  StockReturned: z.object({ orderId: z.string(), returnId: z.string(), quantity: z.number() }),
}

const commands = {
  AddProduct: z.strictObject({
    productId,
    name: text(80),
    category: text(40),
    description: text(500),
    picture: text(40),
    priceCents,
  }),
  ChangePrice: z.strictObject({ productId, priceCents }),
  ReceiveStock: z.strictObject({ productId, quantity: z.int().min(1).max(100_000) }),
  CorrectStock: z.strictObject({ productId, onHand: pieces, reason: text(200) }),
  ReserveStock: z.strictObject({ productId, orderId, quantity, agreedPriceCents: priceCents }),
  ReleaseStock: z.strictObject({ productId, orderId }),
  ShipStock: z.strictObject({ productId, orderId, parcelId, quantity }),
  ReturnStock: z.strictObject({ productId, orderId, returnId, quantity }),
}

export const product = aggregate('product', {
  commands,
  events,
  rejections: {
    'product-exists': 'A product of that id is in the catalogue already.',
    'product-unknown': 'There is no such product.',
    'below-reserved': 'Orders are promised more pieces than that: nothing was changed.',
  },
  internal: ['ReserveStock', 'ReleaseStock', 'ShipStock', 'ReturnStock'],
  key: (data) => data.productId,
  initialState: noProduct,

  decide: {
    AddProduct: ({ productId: _, ...details }, state) =>
      state.details === undefined ? [event('ProductAdded', details)] : reject('product-exists'),
    ChangePrice: ({ priceCents }, { details }) => {
      if (details === undefined) return reject('product-unknown')
      return details.priceCents === priceCents ? [] : [event('PriceChanged', { priceCents })]
    },
    ReceiveStock: ({ quantity }, { details }) =>
      details === undefined ? reject('product-unknown') : [event('StockReceived', { quantity })],
    CorrectStock: ({ onHand, reason }, { details, reserved }) => {
      if (details === undefined) return reject('product-unknown')
      if (onHand < reserved) return reject('below-reserved', { reserved })
      return [event('StockCorrected', { onHand, reason })]
    },

    ReserveStock: ({ orderId, quantity, agreedPriceCents }, state) => {
      const { details, reservations, ended } = state
      if (reservations.has(orderId)) return []
      const available = availableOf(state)
      const refuse = (reason: (typeof REFUSALS)[number]) => [event('StockRefused', { orderId, quantity, reason, available, ...details })]
      if (details === undefined) return refuse('product-unknown')
      if (ended.has(orderId)) return refuse('order-over')
      if (available < quantity) return refuse('out-of-stock')
      // Cheaper than agreed is no surprise to anybody.
      if (details.priceCents > agreedPriceCents) return refuse('price-changed')
      return [event('StockReserved', { orderId, quantity, ...details })]
    },
    ReleaseStock: ({ orderId }, { reservations, ended }) => {
      const reservation = reservations.get(orderId)
      // Nothing was reserved, and from now on nothing will be: that too is remembered.
      if (reservation === undefined) return ended.has(orderId) ? [] : [event('StockReleased', { orderId, quantity: 0 })]
      return [event('StockReleased', { orderId, quantity: reservation.quantity })]
    },
    ShipStock: ({ orderId, parcelId, quantity }, { reservations }) => {
      const reservation = reservations.get(orderId)
      if (reservation === undefined || reservation.shippedParcels.includes(parcelId)) return []
      if (quantity > reservation.quantity) throw new Error(`order ${orderId} ships ${quantity} of ${reservation.quantity} reserved`)
      return [event('StockShipped', { orderId, parcelId, quantity })]
    },
    ReturnStock: ({ orderId, returnId, quantity }, { ended }) =>
      ended.has(returnKey(orderId, returnId)) ? [] : [event('StockReturned', { orderId, returnId, quantity })],
  },

  evolve: {
    ProductAdded: (state, { name, priceCents }) => ({ ...state, details: { name, priceCents } }),
    PriceChanged: (state, { priceCents }) =>
      state.details === undefined ? state : { ...state, details: { ...state.details, priceCents } },
    StockReceived: (state, { quantity }) => ({ ...state, onHand: state.onHand + quantity }),
    StockCorrected: (state, { onHand }) => ({ ...state, onHand }),
    StockReserved: (state, { orderId, quantity }) => {
      state.reservations.set(orderId, { quantity, shippedParcels: [] })
      return { ...state, reserved: state.reserved + quantity }
    },
    StockRefused: (state) => state,
    StockReleased: (state, { orderId, quantity }) => {
      endReservation(state, orderId)
      return { ...state, reserved: state.reserved - quantity }
    },
    StockShipped: (state, { orderId, parcelId, quantity }) => {
      const reservation = state.reservations.get(orderId)
      const left = (reservation?.quantity ?? 0) - quantity
      const shippedParcels = [...(reservation?.shippedParcels ?? []), parcelId]
      if (left > 0) state.reservations.set(orderId, { quantity: left, shippedParcels })
      else endReservation(state, orderId)
      return { ...state, onHand: state.onHand - quantity, reserved: state.reserved - quantity }
    },
    StockReturned: (state, { orderId, returnId, quantity }) => {
      remember(state, returnKey(orderId, returnId))
      return { ...state, onHand: state.onHand + quantity }
    },
  },
})

const returnKey = (orderId: string, returnId: string): string => `${orderId}/${returnId}`
