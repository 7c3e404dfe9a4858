export { startProcess, type Started } from './start-process.ts'
