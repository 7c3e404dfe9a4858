export { serve, type Server, type ServeOptions } from './serve.ts'
export { isOperatorKey, type OperatorOptions } from './operator-gate.ts'
export { isSameSecret } from './same-secret.ts'
export { statusOf } from './problems.ts'
