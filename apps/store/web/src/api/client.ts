import { createClient } from '@millrace/client'
import type * as core from '@millrace/core'
import { createAppHooks } from 'app-kit/web/api/app-hooks.ts'
import type { Store } from '../../../src/app.ts'

/** All names and shapes come from the app's definition: a renamed field there does not compile here. */
const client = createClient<Store>({ storage: sessionStorage })
export const { sendCommand, useLive, useQuery } = createAppHooks(client)

export type Receipt = core.ReceiptOf<Store>
export type CommandData<Name extends core.CommandName<Store>> = core.CommandInput<Store, Name>
type ResultOf<Name extends core.QueryName<Store>> = core.QueryResult<Store, Name>

export type Product = ResultOf<'catalogue'>[number]
export type Order = NonNullable<ResultOf<'order'>>
export type OrderRow = ResultOf<'ordersOf'>[number]
export type BoardColumn = ResultOf<'board'>[number]
