export { createClient, type Client, type ClientOptions, type ClientSendOptions, type WatchHandlers } from './client.ts'
export { MillraceClientError } from './client-error.ts'
