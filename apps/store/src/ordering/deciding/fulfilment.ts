/** Packing, shipping, delivering: whoever packs first has won, against a cancellation as against a colleague. */
import { event, reject } from '@millrace/core'
import type { DataOf } from '../order-commands.ts'
import { lineOf, type OrderState, type Quantities } from '../order-state.ts'

export const fulfilmentDecisions = {
  PackParcel: ({ parcelId, staff, lines }: DataOf<'PackParcel'>, state: OrderState) => {
    if (state.status === 'none') return reject('order-unknown')
    if (state.status === 'cancelled') return reject('order-cancelled', { ...state.ended })
    if (state.status === 'pending') return reject('order-not-confirmed')
    if (state.parcels.has(parcelId)) return reject('parcel-exists')
    const left = unpacked(state)
    if (left.length === 0) return reject('nothing-to-pack', { by: [...state.parcels.values()].at(-1)?.staff })
    for (const { productId, quantity } of lines ?? []) {
      const of = left.find((line) => line.productId === productId)?.quantity ?? 0
      if (quantity > of) return reject('more-than-ordered', { productId, left: of })
    }
    return [event('ParcelPacked', { parcelId, lines: [...(lines ?? left)], staff })]
  },

  ShipParcel: ({ parcelId, staff, carrier, tracking }: DataOf<'ShipParcel'>, { parcels }: OrderState) => {
    const parcel = parcels.get(parcelId)
    if (parcel === undefined) return reject('parcel-unknown')
    if (parcel.status !== 'packed') return reject('parcel-shipped', { by: parcel.staff })
    return [event('ParcelShipped', { parcelId, lines: [...parcel.lines], carrier, tracking, staff })]
  },

  ConfirmDelivery: ({ parcelId }: DataOf<'ConfirmDelivery'>, state: OrderState) => {
    const parcel = state.parcels.get(parcelId)
    if (parcel === undefined) return reject('parcel-unknown')
    if (parcel.status === 'packed') return reject('parcel-not-shipped')
    if (parcel.status === 'delivered') return reject('parcel-delivered')
    const isLast = state.lines.every(({ productId, quantity, delivered }) => {
      const inParcel = parcel.lines.find((line) => line.productId === productId)?.quantity ?? 0
      return delivered + inParcel >= quantity
    })
    return [event('ParcelDelivered', { parcelId }), ...(isLast ? [event('OrderCompleted', {})] : [])]
  },

  ReportDelay: ({ note, expectedAt }: DataOf<'ReportDelay'>, { status, ended }: OrderState) => {
    if (status === 'none') return reject('order-unknown')
    if (status === 'cancelled') return reject('order-cancelled', { ...ended })
    return [event('DelayReported', { note, expectedAt })]
  },
}

/** What is left to pack. */
const unpacked = (state: OrderState): Quantities =>
  state.lines
    .map(({ productId, quantity }) => ({ productId, quantity: quantity - (lineOf(state, productId)?.packed ?? 0) }))
    .filter(({ quantity }) => quantity > 0)
