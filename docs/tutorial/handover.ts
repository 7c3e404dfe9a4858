import { cancel, command, event, processManager, schedule, send } from '@millrace/core'
import { z } from 'zod'
import { lot } from './lot.ts'
import { shipment } from './shipment.ts'

/** A lot is with its winner within two weeks (in milliseconds), or is looked for. */
export const ARRIVES_WITHIN_MS = 14 * 86_400_000

export const handover = processManager('handover', {
  from: [lot, shipment],
  to: [shipment],
  of: {
    LotClosed: ({ winner }, { key }) => (winner === null ? undefined : key),
    ShipmentDelivered: (_data, { key }) => key,
  },
  on: {
    LotClosed: ({ winner }, status, { key, source }) =>
      status !== 'none' || winner === null
        ? []
        : [
            event('HandoverBegun', { to: winner }),
            schedule(source.timeMs + ARRIVES_WITHIN_MS, command('LookForIt', { process: key }), { name: 'arrival' }),
            send(command('RequestShipment', { lotId: key, to: winner })),
          ],
    ShipmentDelivered: (_data, status) => (status === 'begun' ? [event('HandoverEnded', {}), cancel('arrival')] : []),
  },

  commands: { LookForIt: z.object({ process: z.string() }) },
  decide: {
    LookForIt: ({ process }, status) =>
      status === 'begun' ? [event('HandoverFailed', {}), send(command('ReportLost', { lotId: process }))] : [],
  },

  events: { HandoverBegun: z.object({ to: z.string() }), HandoverEnded: z.object({}), HandoverFailed: z.object({}) },
  initialState: (): string => 'none',
  evolve: { HandoverBegun: () => 'begun', HandoverEnded: () => 'ended', HandoverFailed: () => 'failed' },
})
