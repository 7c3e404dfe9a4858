import { createClient } from '@millrace/client'
import type * as core from '@millrace/core'
import type { tickets } from '../../../src/app.ts'

type Tickets = typeof tickets

/** All names and shapes come from the app's definition: a renamed field there does not compile here. */
export const client = createClient<Tickets>()

export type CommandName = core.CommandName<Tickets>
export type CommandData<Name extends CommandName> = core.CommandInput<Tickets, Name>
export type Receipt = core.ReceiptOf<Tickets>
export type QueryName = core.QueryName<Tickets>
export type ParamsOf<Name extends QueryName> = core.QueryInput<Tickets, Name>
export type ResultOf<Name extends QueryName> = core.QueryResult<Tickets, Name>
