/** A show of four seats: who comes too late waits, is offered what is given back, and pays. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { assertAccessible, browserMissing, openBrowser } from 'app-kit/e2e'
import type { ShowPlan } from '../../src/demo/demo-shows.ts'
import { openOwnShop } from './open-shop.ts'

const skip = browserMissing()
if (skip !== false) console.warn(`SKIPPED: all tests of waiting, ${skip}`)

const tiny = (holdMs: number): ShowPlan => ({
  showId: 'tiny',
  title: 'A Small Evening',
  venue: 'The Mill',
  startsAt: '2030-05-01T19:30:00Z',
  sections: [{ id: 'A', name: 'Parlour', priceCents: 3_000, rows: 1, seatsPerRow: 4 }],
  maxSeatsPerCustomer: 4,
  holdMs,
})

async function buyAll(page: Page): Promise<void> {
  await page.getByLabel('Seats', { exact: true }).fill('4')
  await page.getByRole('button', { name: 'Find and hold seats' }).click()
  await page.getByRole('button', { name: /^Pay €/ }).click()
  await page.locator('.ticket').waitFor()
}

const join = (page: Page): Promise<void> => page.getByRole('button', { name: /^(Join the waiting list|Wait once more)$/ }).click()

test(
  'seats that are given back go to whoever waited longest, who is told wherever they look, and pays',
  { skip, timeout: 280_000 },
  async () => {
    await using shop = await openOwnShop({ shows: [tiny(600_000)] })
    await using browser = await openBrowser(shop.url)
    const first = await browser.visit('#/show/tiny')
    const second = await browser.visit('#/show/tiny')
    const third = await browser.visit('#/show/tiny', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' })
    await buyAll(first)

    await second.getByRole('heading', { name: 'Sold out: wait for seats' }).waitFor()
    await assertAccessible(second, 'sold out')
    await join(second)
    await second.locator('main').getByText('You are next.').waitFor()
    await join(third)
    await third.locator('main').getByText('1 person before you.').waitFor()
    await assertAccessible(third, 'waiting')
    const organiser = await browser.visit('#/organise/tiny')
    await organiser.locator('main').getByText('Waiting list', { exact: true }).locator('xpath=..').getByText('2', { exact: true }).waitFor()

    // Who left the page is told on another one, and who waits sees the line get shorter.
    await second.getByRole('link', { name: 'My bookings' }).first().click()
    await first.getByRole('link', { name: 'My bookings' }).first().click()
    await first.getByRole('button', { name: 'Cancel booking' }).click()
    await first.getByRole('button', { name: 'Yes, cancel' }).click()
    await second.getByText('2 seats for you!').waitFor()
    await assertAccessible(second, 'offered, on another page')
    await second.getByRole('link', { name: 'See and pay' }).click()
    await second.getByRole('heading', { name: 'Offered to you' }).waitFor()
    await second.getByRole('timer').waitFor()
    await assertAccessible(second, 'offered')
    // Two seats were left for the third one.
    await third.getByRole('heading', { name: 'Offered to you' }).waitFor()
    const over = await third.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    assert.ok(over <= 0, `offered: ${over} px too wide`)
    await third.getByRole('button', { name: 'Let these seats go' }).click()
    await third.getByRole('timer').waitFor({ state: 'detached' })

    await second.getByRole('button', { name: /^Pay €60/ }).click()
    await second.locator('.ticket').waitFor()
    await second.locator('.offer-banner').waitFor({ state: 'detached' })
    assert.equal(shop.provider.ledger.balanceCents(), 6_000)
  },
)

test('an offer that nobody takes goes on to the next, and one can leave the list', { skip, timeout: 280_000 }, async () => {
  await using shop = await openOwnShop({ shows: [tiny(6_000)] })
  await using browser = await openBrowser(shop.url)
  const send = async (command: string, data: object): Promise<void> => {
    const body = JSON.stringify({ showId: 'tiny', ...data })
    const answer = await fetch(`${shop.url}/commands/${command}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    assert.equal(answer.status, 200, await answer.text())
  }
  await send('HoldBestAvailable', { holdId: 'h1', customerId: 'eve', quantity: 4 })
  await send('ConfirmBooking', { holdId: 'h1', bookingId: 'b1' })
  const page = await browser.visit('#/show/tiny')
  await join(page)
  await page.locator('main').getByText('You are next.').waitFor()
  await page.getByRole('button', { name: 'Leave the waiting list' }).click()
  await join(page)
  await page.locator('main').getByText('You are next.').waitFor()
  await page.reload()
  await page.locator('main').getByText('You are next.').waitFor()
  await send('CancelBooking', { bookingId: 'b1' })
  await page.getByText('2 seats for you!').waitFor()
  await page
    .locator('main')
    .getByText(/You were offered 2 seats, but the time ran out/)
    .waitFor()
  await assertAccessible(page, 'missed')
})
