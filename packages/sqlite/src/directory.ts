import { MillraceError, type ErrorCode } from '@millrace/core'
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Creates a data directory, so that its entry survives a power cut as what is written into it does. */
export async function makeDirectory(directory: string, code: ErrorCode): Promise<void> {
  try {
    const created = await mkdir(directory, { recursive: true })
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
