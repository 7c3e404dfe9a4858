import { MillraceError, type ErrorCode } from '@millrace/core'
import { mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Creates a data directory, so that its entry survives a power cut as what is written into it does. */
export async function makeDirectory(directory: string, code: ErrorCode): Promise<void> {
  try {
    const created = await makeAll(directory)
    if (created === undefined) return
    const parent = await open(dirname(created), 'r')
    try {
      await parent.sync()
    } finally {
      await parent.close()
    }
  } catch (error) {
    throw new MillraceError(code, `data directory ${directory} can't be created: ${(error as Error).message}`, {
      at: { directory },
      cause: error,
    })
  }
}

/**
 * With all that is above it. Resolves with the topmost one that was not there. Not `mkdir`'s own `recursive`: of a directory
 * that is there and takes no entries, as /proc, it tries to create the entry for ever.
 */
async function makeAll(directory: string): Promise<string | undefined> {
  try {
    return await makeOne(directory)
  } catch (error) {
    const parent = dirname(directory)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === directory) throw error
    const topmost = await makeAll(parent)
    const created = await makeOne(directory)
    return topmost ?? created
  }
}

/** Undefined where it is there. */
async function makeOne(directory: string): Promise<string | undefined> {
  try {
    await mkdir(directory)
    return directory
  } catch (error) {
    const found = await stat(directory).catch(() => undefined)
    if (found?.isDirectory() === true) return undefined
    throw error
  }
}
