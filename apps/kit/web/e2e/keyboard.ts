import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'

/** Presses Tab until the focused control's accessible text matches; the way a keyboard user gets there. */
export async function tabTo(page: Page, name: RegExp, most = 60): Promise<void> {
  for (let presses = 0; presses < most; presses++) {
    await page.keyboard.press('Tab')
    const focused = await focusedName(page)
    if (name.test(focused)) return
  }
  assert.fail(`no control matching ${String(name)} within ${most} tab stops`)
}

export const focusedName = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement
    return (element?.getAttribute('aria-label') ?? element?.textContent ?? '').trim()
  })

/** As a link does it. */
export async function go(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => {
    window.location.hash = to
  }, hash)
}
