import type { Log } from '@millrace/core'
import type { ContractCase } from './contract.ts'
import { logCommandCases } from './log-commands.ts'
import { logEventCases } from './log-events.ts'
import { logOwnershipCases } from './log-ownership.ts'

/** What every `Log` must do. See also `durableLogContract`, for those that outlive their process. */
export const logContract: readonly ContractCase<Log>[] = [
  ...logCommandCases.map((each) => ({ ...each, name: `commands: ${each.name}` })),
  ...logEventCases.map((each) => ({ ...each, name: `events: ${each.name}` })),
  ...logOwnershipCases.map((each) => ({ ...each, name: `ownership: ${each.name}` })),
]
