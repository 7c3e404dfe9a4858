import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'

const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The reason to skip, or false. In CI a missing browser is a failure, not a skip. */
export function browserMissing(): string | false {
  if (existsSync(EXECUTABLE) || process.env['CI'] === 'true') return false
  return `no Chromium at ${EXECUTABLE}; set CHROMIUM to its path`
}

export interface TestBrowser extends AsyncDisposable {
  /** A visitor of their own: separate storage, so a separate customer. */
  visit(path: string, options?: BrowserContextOptions): Promise<Page>
}

export async function openBrowser(baseUrl: string): Promise<TestBrowser> {
  const browser: Browser = await chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS })
  return {
    async visit(path, options = {}) {
      const context: BrowserContext = await browser.newContext({
        viewport: { width: 1280, height: 860 },
        reducedMotion: 'reduce',
        ...options,
      })
      context.setDefaultTimeout(45_000)
      const page = await context.newPage()
      await page.goto(`${baseUrl}/${path}`)
      return page
    },
    [Symbol.asyncDispose]: () => browser.close(),
  }
}
