import { connect, createServer } from 'node:net'

const PATIENCE_MS = 3_000
/** Below those that systems give to outgoing connections, one of which could take the port while its broker is down. */
const LOWEST = 20_000
const HIGHEST = 32_000

/** Ports of this machine on which nothing listens, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if ((await isFree(port)) && (await claim(port))) ports.add(port)
  }
  return [...ports]
}

/**
 * Keeps other processes from choosing a port that this one has chosen and does not listen on yet: by a name that goes with
 * its process. Only Linux has such names, of sockets in no file system.
 */
const claim = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    if (process.platform !== 'linux') return resolve(true)
    const claimed = createServer()
    claimed.once('error', () => resolve(false))
    claimed.listen(`\0millrace-test-port-${port}`, () => {
      claimed.unref()
      resolve(true)
    })
  })

/** Whether something can listen there. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** Whether something listens there. */
export const isListening = (port: number, host = '127.0.0.1'): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host)
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(PATIENCE_MS, () => end(false))
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
