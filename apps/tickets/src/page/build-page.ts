/** Builds the page with Vite where its sources are newer than what was built. */
import { existsSync, globSync, statSync } from 'node:fs'
import path from 'node:path'

const app = path.resolve(import.meta.dirname, '../..')
export const BUILT_PAGE = path.join(app, 'dist/web')

/** Everything the page is made from: its own folder and the client. */
const SOURCES = [
  'web/src/**/*',
  'web/public/**/*',
  'web/index.html',
  'web/vite.config.ts',
  '../../packages/client/src/**/*',
  '../../package-lock.json',
]

export const isPageBuilt = (directory = BUILT_PAGE): boolean => existsSync(path.join(directory, 'index.html'))

function isUpToDate(): boolean {
  if (!isPageBuilt()) return false
  const builtMs = statSync(path.join(BUILT_PAGE, 'index.html')).mtimeMs
  return globSync(SOURCES, { cwd: app }).every((file) => statSync(path.join(app, file)).mtimeMs <= builtMs)
}

/** Resolves with why the page could not be built, if so. What was built before then stays. */
export async function buildPage(say: (message: string) => void): Promise<Error | undefined> {
  if (isUpToDate()) return undefined
  say('Building the page (only when it changed) …')
  try {
    const { build } = await import('vite')
    await build({ configFile: path.join(app, 'web/vite.config.ts'), logLevel: 'error' })
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
