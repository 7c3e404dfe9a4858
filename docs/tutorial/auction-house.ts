import { app } from '@millrace/core'
import { handover } from './handover.ts'
import { lot } from './lot.ts'
import { prices } from './prices.ts'
import { createCarrying, shipment, type Carrier } from './shipment.ts'

export const createAuctionHouse = (carrier: Carrier) =>
  app('auction-house', {
    aggregates: [lot, shipment, handover.aggregate],
    projections: [prices],
    reactors: [handover.reactor, createCarrying(carrier)],
  })
