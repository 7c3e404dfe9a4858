export type { Server } from './server.ts'
export { untilReady } from './until-ready.ts'
