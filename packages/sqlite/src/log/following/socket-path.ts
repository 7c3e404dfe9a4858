import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, lstatSync, realpathSync, renameSync, rmSync } from 'node:fs'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The address of a Unix domain socket holds 103 bytes on macOS and 107 on Linux; `.new` needs four of them. */
const MAX_PATH_BYTES = 96

const isWindows = process.platform === 'win32'

/**
 * Where the owner of a directory's log listens: `log.sock` in it. Where that path is too long, a name made from it in the
 * system's directory for temporary files, which both processes must then share; on Windows, a named pipe.
 */
export function socketPath(directory: string): string {
  const real = realpathSync(directory)
  const name = `millrace-${createHash('sha256').update(real).digest('hex').slice(0, 24)}`
  if (isWindows) return `\\\\.\\pipe\\${name}`
  const beside = join(real, 'log.sock')
  return Buffer.byteLength(beside) <= MAX_PATH_BYTES ? beside : join(tmpdir(), `${name}.sock`)
}

/** Where an owner that cannot listen says why, for those who look for it. */
export const noteBeside = (directory: string): string => join(directory, 'log.sock.failed')

/**
 * Listens there, for this user alone. The caller holds the directory's lock, so a socket that is there already belongs to
 * nobody: it is replaced at once, by one that has its rights before anybody can find it.
 */
export async function listenAt(server: Server, path: string): Promise<void> {
  const fresh = isWindows ? path : `${path}.new`
  if (!isWindows) rmSync(fresh, { force: true })
  server.listen(fresh)
  await once(server, 'listening')
  if (isWindows) return
  chmodSync(fresh, 0o600)
  renameSync(fresh, path)
}

export function removeSocket(path: string): void {
  if (!isWindows) rmSync(path, { force: true })
}

/**
 * Throws where somebody else made it: in a directory that all may write to, anybody could pose as the owner. Also where it
 * is a link: whose own it is, and where it leads a moment later, is another matter than whose is what it leads to now.
 */
export function checkSocketOwner(path: string): void {
  if (isWindows) return
  const found = lstatSync(path)
  if (!found.isSocket()) throw new Error(`${path} is no socket`)
  const { uid } = found
  if (uid !== process.geteuid?.()) throw new Error(`${path} belongs to another user (${uid})`)
}
