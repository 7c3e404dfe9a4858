export {
  createClient,
  type Client,
  type ClientAnswer,
  type ClientOptions,
  type ClientQueryOptions,
  type ClientSendOptions,
  type WatchHandlers,
} from './client.ts'
export { MillraceClientError } from './client-error.ts'
export type { StreamState } from './live/feed.ts'
export { isReached, type PositionStorage } from './session-position.ts'
