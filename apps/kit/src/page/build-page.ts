/** Builds an app's page with Vite where its sources are newer than what was built. */
import { existsSync, globSync, statSync } from 'node:fs'
import path from 'node:path'

/** Everything a page is made from: its own folder, what the apps share, and the client. */
const SOURCES = [
  'web/src/**/*',
  'web/public/**/*',
  'web/index.html',
  'web/vite.config.ts',
  '../kit/web/**/*',
  '../../packages/client/src/**/*',
  '../../package-lock.json',
]

export interface Page {
  /** Where it is built to. */
  readonly directory: string
  isBuilt(): boolean
  /** Resolves with why it could not be built, if so. What was built before then stays. */
  build(say: (message: string) => void): Promise<Error | undefined>
}

/** The page of the app in that folder: `web` in it is built to `dist/web`. */
export function createPage(app: string): Page {
  const directory = path.join(app, 'dist/web')
  const index = path.join(directory, 'index.html')
  const isBuilt = (): boolean => existsSync(index)

  function isUpToDate(): boolean {
    if (!isBuilt()) return false
    const builtMs = statSync(index).mtimeMs
    return globSync(SOURCES, { cwd: app }).every((file) => statSync(path.join(app, file)).mtimeMs <= builtMs)
  }

  async function build(say: (message: string) => void): Promise<Error | undefined> {
    if (isUpToDate()) return undefined
    say('Building the page (only when it changed) …')
    try {
      const vite = await import('vite')
      await vite.build({ configFile: path.join(app, 'web/vite.config.ts'), logLevel: 'error' })
      return undefined
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  return { directory, isBuilt, build }
}
