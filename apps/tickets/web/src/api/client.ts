import { createClient } from '@millrace/client'
import type * as core from '@millrace/core'
import { createAppHooks, type CommandAnswer } from 'app-kit/web/api/app-hooks.ts'
import type { tickets } from '../../../src/app.ts'

type Tickets = typeof tickets

export const client = createClient<Tickets>()
export const { sendCommand, useWatch, useLive, useQuery } = createAppHooks(client)

export type Receipt = core.ReceiptOf<Tickets>
export type Answer = CommandAnswer<Receipt>
