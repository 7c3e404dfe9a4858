// What an app's own tests speak
export {
  given,
  type CommandOfAggregate,
  type EventOfAggregate,
  type Given,
  type TimerOfAggregate,
  type When,
  type WhenOptions,
} from './given/given.ts'
export { givenProjection, happened, happenedAt, type GivenProjection, type Happened } from './given/given-projection.ts'
export {
  givenReactor,
  type CommandOfReactor,
  type GivenReactor,
  type HappenedOptions,
  type WhenGivenUpOptions,
  type WhenHappened,
  type WhenHappenedOptions,
} from './given/given-reactor.ts'
export { createVirtualClock, type VirtualClock } from './virtual-clock.ts'

// What adapters prove themselves with
export type { ContractCase } from './contracts/contract.ts'
export { logContract } from './contracts/log-contract.ts'
export { durableLogContract } from './contracts/log-durability.ts'
export { durableReadStoreContract, readStoreContract } from './contracts/read-store-contract.ts'
export {
  durableSharedReadStoreContract,
  durableSharedTablesContract,
  sharedReadStoreContract,
  sharedTablesContract,
} from './contracts/shared-read-store-contract.ts'
export { durableTablesContract, tablesContract } from './contracts/tables-contract.ts'
export { checkpointsContract } from './contracts/checkpoints-contract.ts'
