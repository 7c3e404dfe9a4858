import { aggregate, command, event, reactor, reject } from '@millrace/core'
import { z } from 'zod'

const lotId = z.string().min(1)

export const shipment = aggregate('shipment', {
  commands: {
    RequestShipment: z.object({ lotId, to: z.string() }),
    RecordBooking: z.object({ lotId, tracking: z.string() }),
    RecordNoCarrier: z.object({ lotId, reason: z.string() }),
    ReportLost: z.object({ lotId }),
    ConfirmDelivery: z.object({ lotId }),
  },
  events: {
    ShipmentRequested: z.object({ to: z.string() }),
    ShipmentBooked: z.object({ tracking: z.string() }),
    CarrierMissing: z.object({ reason: z.string() }),
    ShipmentLost: z.object({}),
    ShipmentDelivered: z.object({}),
  },
  rejections: { 'not-shipped': 'It is not on its way.' },
  internal: ['RequestShipment', 'RecordBooking', 'RecordNoCarrier', 'ReportLost'],
  key: (data) => data.lotId,
  initialState: (): string => 'none',
  decide: {
    RequestShipment: ({ to }, status) => (status === 'none' ? [event('ShipmentRequested', { to })] : []),
    RecordBooking: ({ tracking }, status) => (status === 'requested' ? [event('ShipmentBooked', { tracking })] : []),
    RecordNoCarrier: ({ reason }, status) => (status === 'requested' ? [event('CarrierMissing', { reason })] : []),
    ReportLost: (_data, status) => (status === 'booked' ? [event('ShipmentLost', {})] : []),
    ConfirmDelivery: (_data, status) => (status === 'booked' ? [event('ShipmentDelivered', {})] : reject('not-shipped')),
  },
  evolve: {
    ShipmentRequested: () => 'requested',
    ShipmentBooked: () => 'booked',
    CarrierMissing: () => 'missing',
    ShipmentLost: () => 'lost',
    ShipmentDelivered: () => 'delivered',
  },
})

// #region carrying
/** Asked again with a key, it books nothing more, and says what it said. */
export interface Carrier {
  book(order: { readonly key: string; readonly to: string }, signal: AbortSignal): Promise<{ readonly tracking: string }>
}

export const createCarrying = (carrier: Carrier) =>
  reactor('carrying', {
    from: [shipment],
    to: [shipment],
    effect: { timeoutMs: 5_000, attempts: 6, firstDelayMs: 200, maxDelayMs: 10_000 },
    on: {
      ShipmentRequested: async ({ to }, { key: lotId, idempotencyKey, signal }) => {
        const { tracking } = await carrier.book({ key: idempotencyKey, to }, signal)
        return [command('RecordBooking', { lotId, tracking })]
      },
    },
    givenUp: {
      ShipmentRequested: (_data, { key: lotId, error }) => [command('RecordNoCarrier', { lotId, reason: String(error) })],
    },
  })
// #endregion
