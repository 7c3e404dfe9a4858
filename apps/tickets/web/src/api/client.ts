import { localClient } from './local-client.ts'

export const client = localClient
export type { WatchState } from './local-client.ts'
