import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Connections that were opened in advance, as browsers and proxies do. Node takes them for busy until they have been used. */
export class UnusedConnections {
  readonly #open = new Set<Socket>()

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#open.add(socket)
      socket.once('close', () => this.#open.delete(socket))
    })
  }

  /** Closes those over which nothing has come yet. */
  close(): void {
    for (const socket of this.#open) if (socket.bytesRead === 0) socket.destroy()
  }
}
