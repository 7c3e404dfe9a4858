export { sendProblem } from './send-problem.ts'
export type { Server } from './server.ts'
export { untilReady } from './until-ready.ts'
