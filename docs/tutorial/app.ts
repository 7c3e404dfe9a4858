import { app } from '@millrace/core'
import { lot } from './lot.ts'
import { prices } from './prices.ts'

export const auction = app('auction', { aggregates: [lot], projections: [prices] })
