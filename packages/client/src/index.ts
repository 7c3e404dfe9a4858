export { createClient, type Client, type ClientOptions, type ClientSendOptions, type WatchHandlers } from './client.ts'
export { MillraceClientError } from './client-error.ts'
export type { StreamState } from './event-stream.ts'
export type { PositionStorage } from './session-position.ts'
