import { connect } from 'node:net'

/** A Metadata request, version 4: of no topic. */
const REQUEST = Buffer.from('\0\x03\0\x04\0\0\0\x01\0\x04test\0\0\0\0\0', 'latin1')
const PATIENCE_MS = 2_000

/** How many brokers the one at `port` knows of; 0 where none answers. */
export function countBrokers(port: number): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let answer = Buffer.alloc(0)
    const end = (count: number): void => {
      socket.destroy()
      resolve(count)
    }
    socket.setTimeout(PATIENCE_MS, () => end(0))
    socket.on('error', () => end(0))
    socket.on('close', () => resolve(0))
    socket.on('connect', () => {
      const size = Buffer.alloc(4)
      size.writeInt32BE(REQUEST.length)
      socket.write(Buffer.concat([size, REQUEST]))
    })
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk])
      // Size, correlation id, throttle time, and the number of brokers.
      if (answer.length >= 16) end(answer.readInt32BE(12))
    })
  })
}
