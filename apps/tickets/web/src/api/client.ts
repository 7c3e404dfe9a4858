import { createClient } from '@millrace/client'
import type * as core from '@millrace/core'
import { createAppHooks, type CommandAnswer } from 'app-kit/web/api/app-hooks.ts'
import type { Tickets } from '../../../src/app.ts'

export const client = createClient<Tickets>()
export const { sendCommand, useWatch, useLive, useQuery } = createAppHooks(client)

export type Receipt = core.ReceiptOf<Tickets>
export type Answer = CommandAnswer<Receipt>
