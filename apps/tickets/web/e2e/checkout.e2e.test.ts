/** Paying, as a buyer sees it, with a provider that approves, declines, is slow, loses answers and goes away. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { assertAccessible, browserMissing, openBrowser, type TestBrowser } from 'app-kit/e2e'
import { openOwnShop, type Shop } from './open-shop.ts'

const skip = browserMissing()
if (skip !== false) console.warn(`SKIPPED: all tests of paying, ${skip}`)

const stack = new AsyncDisposableStack()
let shop: Shop
let browser: TestBrowser
before(async () => {
  if (skip !== false) return
  shop = stack.use(await openOwnShop())
  browser = stack.use(await openBrowser(shop.url))
})
after(() => stack.disposeAsync())

/** With two seats in the cart. */
async function visitHolding(options = {}, visitor = browser): Promise<Page> {
  const page = await visitor.visit('#/show/theatre', options)
  await page.getByRole('button', { name: 'Find and hold seats' }).click()
  await page.getByRole('timer').waitFor()
  return page
}

async function pay(page: Page, card: RegExp): Promise<void> {
  await page.getByRole('radio', { name: card }).check()
  await page.getByRole('button', { name: /^Pay €/ }).click()
}

/** The charges of the booking whose ticket is shown, as the provider has them. */
async function chargeOf(
  page: Page,
  { provider } = shop,
): Promise<{ readonly status: string; readonly asked: number; readonly amountCents: number } | undefined> {
  await page.locator('.ticket').waitFor()
  const bookingId = new URL(page.url()).hash.split('/').at(-1) ?? ''
  return provider.ledger.get(`tickets/theatre/${bookingId}/charge`)
}

test('an approved card is a ticket, and a cancelled ticket is the money back', { skip }, async () => {
  const page = await visitHolding()
  await assertAccessible(page, 'choosing a card')
  await pay(page, /^A card that pays/)
  const charge = await chargeOf(page)
  assert.deepEqual([charge?.status, charge?.asked], ['captured', 1])
  await page.getByRole('link', { name: 'My bookings' }).first().click()
  await page.getByRole('button', { name: 'Cancel booking' }).click()
  await page
    .locator('main')
    .getByText(/goes back to your card/)
    .waitFor()
  await assertAccessible(page, 'asked whether to cancel')
  await page.getByRole('button', { name: 'Yes, cancel' }).click()
  await page
    .locator('main')
    .getByText(/has gone back to your card/)
    .waitFor()
  await assertAccessible(page, 'cancelled and refunded')
  await page.getByRole('link', { name: 'The Miller and the Sea' }).click()
  await page
    .locator('main')
    .getByText(/has gone back to your card/)
    .waitFor()
  await page.context().close()
})

test('a declined card leaves the seats held, and another one pays', { skip }, async () => {
  const page = await visitHolding()
  await pay(page, /^A card that is declined/)
  await page.locator('main').getByText('The card was declined.').waitFor()
  await page.getByRole('timer').waitFor()
  await assertAccessible(page, 'declined')
  await page.reload()
  await page.locator('main').getByText('The card was declined.').waitFor()
  await pay(page, /^A card that pays/)
  assert.equal((await chargeOf(page))?.status, 'captured')
  await page.context().close()
})

test('a lost answer is asked for again, and nothing is paid twice', { skip }, async () => {
  const page = await visitHolding()
  await pay(page, /^A card whose answer is lost/)
  const charge = await chargeOf(page)
  assert.deepEqual([charge?.status, charge?.asked], ['captured', 2])
  await page.context().close()
})

test(
  'a payment under way survives a reload, shows in a second tab, and letting go of its seats asks first',
  { skip, timeout: 280_000 },
  async () => {
    // Its payments end when they are told to.
    await using slow = await openOwnShop({ slowMs: 3_600_000 })
    await using window = await openBrowser(slow.url)
    const page = await visitHolding({}, window)
    await pay(page, /^A card that takes its time/)
    await page.locator('main').getByText('Paying…').first().waitFor()
    await page.getByRole('button', { name: 'Let these seats go' }).click()
    await page.getByRole('dialog', { name: 'Your payment is under way' }).waitFor()
    await page.getByRole('button', { name: 'Keep them' }).click()
    const tab = await page.context().newPage()
    await Promise.all([page.reload(), tab.goto(page.url())])
    await Promise.all([page, tab].map((each) => each.locator('.under-way').waitFor()))
    slow.provider.hurry()
    await page.locator('.ticket').waitFor()
    await Promise.race([tab.locator('.ticket').waitFor(), tab.locator('main').getByText('These seats are booked.').waitFor()])
    assert.equal((await chargeOf(page, slow))?.status, 'captured')
    assert.equal(slow.provider.ledger.entries().length, 1)
  },
)

test('while the provider is away it is being found out, and then nothing was taken', { skip, timeout: 280_000 }, async () => {
  const page = await visitHolding({ viewport: { width: 360, height: 740 } })
  shop.provider.setMood('away')
  await pay(page, /^A card that pays/)
  await page
    .locator('main')
    .getByText(/Finding out/)
    .waitFor({ timeout: 90_000 })
  await assertAccessible(page, 'being found out')
  shop.provider.setMood('card')
  await page.locator('main').getByText('Nothing was taken.').waitFor({ timeout: 90_000 })
  await page.getByRole('timer').waitFor()
  await assertAccessible(page, 'nothing was taken')
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  assert.ok(over <= 0, `${over} px too wide`)
  await pay(page, /^A card that pays/)
  assert.equal((await chargeOf(page))?.status, 'captured')
  await page.context().close()
})

test('paid when the time is up: the seats where they are free, else the money back', { skip, timeout: 280_000 }, async () => {
  // Long enough to begin to pay within it, on any machine; and payments that end when they are told to.
  await using late = await openOwnShop({ holdMs: 15_000, slowMs: 3_600_000 })
  await using window = await openBrowser(late.url)
  const pages = await Promise.all(
    ['A', 'B'].map(async (section) => {
      const page = await window.visit('#/show/theatre')
      await page.getByLabel('Section (optional)').selectOption(section)
      await page.getByRole('button', { name: 'Find and hold seats' }).click()
      await page.getByRole('button', { name: 'No, go on' }).click()
      await pay(page, /^A card that takes its time/)
      return page
    }),
  )
  const [lucky, unlucky] = pages
  await Promise.all(
    pages.map((page) =>
      page
        .locator('main')
        .getByText(/^The time for your seats is up/)
        .waitFor(),
    ),
  )
  await assertAccessible(unlucky!, 'the time is up while paying')
  const taken = { showId: 'theatre', holdId: 'other', customerId: 'other', quantity: 8, section: 'B' }
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${late.url}/commands/HoldBestAvailable`, { method: 'POST', headers, body: JSON.stringify(taken) })
  assert.equal(answer.status, 200)
  late.provider.hurry()
  await unlucky!.locator('main').getByText('Paid too late.').waitFor()
  await unlucky!
    .locator('main')
    .getByText(/€130 has gone back to your card/)
    .waitFor()
  await assertAccessible(unlucky!, 'paid too late')
  await unlucky!.reload()
  await unlucky!.locator('main').getByText('Paid too late.').waitFor()
  await unlucky!.getByRole('button', { name: 'Close' }).click()
  await unlucky!.getByRole('heading', { name: 'Your choice' }).waitFor()
  await lucky!.locator('.ticket').waitFor()
  await lucky!
    .locator('main')
    .getByText(/The seats were still free/)
    .waitFor()
  await assertAccessible(lucky!, 'a ticket that was paid late')
  assert.equal(late.provider.ledger.balanceCents(), 13_000)
})
