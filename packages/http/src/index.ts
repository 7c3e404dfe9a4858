export { serve, type Server, type ServeOptions } from './serve.ts'
export { statusOf } from './problems.ts'
