import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { browserMissing, openBrowser, type TestBrowser } from 'app-kit/e2e'
import { theatre } from '../../src/demo/demo-shows.ts'
import { openShop } from './open-shop.ts'

/** One more than a browser has connections for a site. */
const TABS = 7

const skip = browserMissing()
if (skip !== false) console.warn(`SKIPPED: all tests of tabs, ${skip}`)

const stack = new AsyncDisposableStack()
let browser: TestBrowser
let url = ''
before(async () => {
  if (skip !== false) return
  const shop = stack.use(await openShop())
  url = shop.url
  browser = stack.use(await openBrowser(url))
})
after(() => stack.disposeAsync())

const connections = async (): Promise<number> =>
  Number(/^millrace_live_streams (.*)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1])

async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + 60_000; !(await isTrue());) {
    assert.ok(performance.now() < endMs, `${what}: not within a minute`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

interface Free {
  /** As the page counts it. */
  readonly index: string
  /** As the app names it. */
  readonly seat: string
}

/** The free seats of the section that the list shows first. */
async function freeSeats(page: Page): Promise<readonly Free[]> {
  const [section] = theatre(0, 0).sections
  const found = await page
    .locator('[data-seat].seat-0')
    .evaluateAll((seats) => seats.map((seat) => [seat.getAttribute('data-seat') ?? '', seat.getAttribute('aria-label') ?? '']))
  return found.map(([index = '', label = '']) => {
    const [, row, number] = /^Row (\d+), seat (\d+),/.exec(label) ?? []
    return { index, seat: `${section!.id}-${row}-${number}` }
  })
}

/** Past the page: by somebody elsewhere. */
async function hold({ seat }: Free): Promise<void> {
  const holdId = crypto.randomUUID()
  const body = JSON.stringify({ showId: 'theatre', holdId, customerId: holdId, seats: [seat] })
  const answer = await fetch(`${url}/commands/HoldSeats`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  assert.equal(answer.status, 200, await answer.text())
}

const showsTaken = async (page: Page, { index }: Free): Promise<void> =>
  page.locator(`[data-seat="${index}"][aria-label$="on hold by someone else"]`).waitFor()

test('seven tabs are live over one connection, which passes on when the tab that has it is closed', { skip }, async () => {
  const first = await browser.visit('#/show/theatre')
  const tabs = [first]
  while (tabs.length < TABS) {
    const tab = await first.context().newPage()
    await tab.goto(first.url())
    tabs.push(tab)
  }
  for (const tab of tabs) {
    await tab.getByRole('button', { name: 'List', exact: true }).click()
    await tab.locator('.seat-0').first().waitFor()
  }
  const free = await freeSeats(first)
  await until('one connection', async () => (await connections()) === 1)
  for (const seat of free.slice(0, 3)) {
    await hold(seat)
    await Promise.all(tabs.map((tab) => showsTaken(tab, seat)))
  }

  // The first one has the connection: it was there before the others.
  const [gone, ...others] = tabs
  await gone!.close()
  for (const seat of free.slice(3, 6)) {
    await hold(seat)
    await Promise.all(others.map((tab) => showsTaken(tab, seat)))
  }
  await until('one connection still', async () => (await connections()) === 1)

  // A tab that is opened now sees what the others see, and all leave nothing behind.
  const late = await first
    .context()
    .newPage()
    .catch(() => others[0]!.context().newPage())
  await late.goto(others[0]!.url())
  await late.getByRole('button', { name: 'List', exact: true }).click()
  await Promise.all(free.slice(0, 6).map((seat) => showsTaken(late, seat)))
  await late.context().close()
  await until('no connection', async () => (await connections()) === 0)
})
