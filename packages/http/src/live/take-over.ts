import { Socket, type SocketConstructorOpts } from 'node:net'
import { TLSSocket } from 'node:tls'

/**
 * Takes the connection of a request that is never answered by `node:http`, for a stream without an end. What the server keeps
 * for it until then (parser, request, response) is six times as much as a socket alone, and is let go. Node does the
 * same with a connection that it hands to another process. What else comes over it is not read as HTTP any more.
 *
 * What is no connection of the system's own, as one that is encrypted in this process, stays what it is, with all its costs.
 */
export function takeOver(socket: Socket): Socket {
  const former = socket as unknown as { _handle?: object | null }
  const { _handle: handle } = former
  if (socket instanceof TLSSocket || handle === null || handle === undefined) return socket
  former._handle = null
  const taken = new Socket({ handle } as SocketConstructorOpts)
  socket.destroy()
  // A 'close' follows.
  taken.on('error', () => undefined)
  return taken.resume()
}
