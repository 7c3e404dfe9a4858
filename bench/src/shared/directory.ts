import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** On the repository's own disk: a temporary directory may be in memory, where an fsync costs nothing. */
const DATA = join(import.meta.dirname, '../../data')

export interface Directory extends AsyncDisposable {
  readonly path: string
}

/** A fresh directory, removed when it is disposed of. */
export async function openDirectory(name: string): Promise<Directory> {
  await mkdir(DATA, { recursive: true })
  const path = await mkdtemp(join(DATA, `${name}-`))
  // PostgreSQL refuses to run as root, so another user must be able to get in.
  await chmod(path, 0o777)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}
