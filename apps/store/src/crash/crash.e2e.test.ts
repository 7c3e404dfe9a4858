import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { start, type Log, type NewRecord, type Running } from '@millrace/core'
import { openKafkaLog } from '@millrace/kafka'
import { openSqliteLog, openSqliteReadStore, openTemporarySqliteReadStore } from '@millrace/sqlite'
import { abortPoints, copyData, crashLoop, readLog, seededRandom } from '@millrace/testing/crash'
import { kafkaForTests } from '@millrace/testing/kafka'
import { httpPayments, openFakePayments, type FakePayments } from 'app-kit/payments'
import { createStore, type Store } from '../app.ts'
import { assertSettled, readBooks, unsettled } from './goods-and-money.ts'
import { fillShelves, placeInPeace } from './shoppers.ts'

const entry = new URL('main.ts', import.meta.url)
const { bootstrap, skip } = await kafkaForTests()

/** Lets payments go well, fail and lose answers in turn, until told to stop: then all goes well. */
function changeMoods(payments: FakePayments): () => void {
  const random = seededRandom(Number(process.env['MILLRACE_SEED'] ?? 1))
  const moods = ['approve', 'approve', 'decline', 'lose', 'slow', 'away'] as const
  const timer = setInterval(() => payments.setMood(moods[Math.floor(random() * moods.length)]!), 150)
  return () => {
    clearInterval(timer)
    payments.setMood('approve')
  }
}

const failedRefunds = (records: readonly NewRecord[]): ReadonlySet<string> =>
  new Set(
    records
      .filter(({ kind, type }) => kind === 'event' && type === 'RefundFailed')
      .map(({ key, data }) => `${key} refund ${(JSON.parse(data) as { readonly refundId: string }).refundId}`),
  )

/** Until every order has its goods or is over, no payment hangs, and every refund is made: those that failed are tried again. */
async function settles(running: Running<Store>, log: Log, payments: FakePayments, mayHaveGaps: boolean): Promise<void> {
  const deadline = Date.now() + 240_000
  // On a slow machine all others may have expired before they were paid.
  const last = 'after-the-last-kill'
  await placeInPeace(running, last)
  for (;;) {
    const records = await readLog(log, { mayHaveGaps })
    const books = readBooks(records)
    for (const each of failedRefunds(records)) {
      const [orderId = '', , refundId = ''] = each.split(' ')
      if (books.orders.get(orderId)?.refunded.has(refundId) === false)
        await running.send('RetryRefund', { orderId, refundId, staff: 'Ann' }, { timeoutMs: 30_000 })
    }
    const left = unsettled(books, new Set())
    if (left.length === 0) {
      assertSettled(books, payments.ledger.entries())
      console.log(`${books.orders.size} orders, ${payments.ledger.entries().length} effects, ${payments.ledger.balanceCents()} cents kept`)
      assert.ok(books.orders.size > 10 && books.orders.get(last)?.confirmed === true)
      return
    }
    assert.ok(
      Date.now() < deadline,
      `not settled: ${left.slice(0, 5).join('; ')}; parked: ${JSON.stringify(running.status().reactors.flatMap(({ parked }) => parked))}`,
    )
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

test('a store that is killed at any moment keeps goods and money in step', { timeout: 550_000 }, async () => {
  await using payments = await openFakePayments({ slowMs: 100 })
  process.env['STORE_CRASH_PAYMENTS'] = payments.url
  const calm = changeMoods(payments)
  let last = ''
  try {
    await crashLoop({
      entry,
      rounds: 14,
      killAt: abortPoints,
      maxRoundMs: 900,
      check: async (directory) => {
        const copy = await mkdtemp(path.join(tmpdir(), 'millrace-store-'))
        await copyData(directory, copy)
        if (last !== '') await rm(last, { recursive: true, force: true })
        last = copy
        await using log = await openSqliteLog(copy)
        readBooks(await readLog(log))
      },
    })
    calm()
    const log = await openSqliteLog(last)
    const store = await openSqliteReadStore(last)
    await using running = await start(createStore({ payments: httpPayments(payments.url) }), { log, store, onTrouble: () => undefined })
    await settles(running, log, payments, false)
    // What each kill left of documents and tables, and what was folded since, is what the log says.
    for (const readModel of ['orders', 'catalogue']) assert.deepEqual((await running.verify(readModel)).differences, [], readModel)
  } finally {
    calm()
    await rm(last, { recursive: true, force: true })
  }
})

test('so does one on Kafka, of whose instances one is killed again and again', { skip, timeout: 550_000 }, async () => {
  await using payments = await openFakePayments({ slowMs: 100 })
  const app = `store-crash-${process.pid}`
  Object.assign(process.env, { STORE_CRASH_PAYMENTS: payments.url, STORE_CRASH_KAFKA: `${bootstrap.join(',')} ${app}` })
  const calm = changeMoods(payments)
  try {
    const log = await openKafkaLog({ brokers: [...bootstrap], app, partitions: 4, sessionTimeoutMs: 6_000, onTrouble: () => undefined })
    const store = await openTemporarySqliteReadStore()
    await using running = await start(createStore({ payments: httpPayments(payments.url) }), { log, store, onTrouble: () => undefined })
    await fillShelves(running)
    await crashLoop({
      entry,
      rounds: 5,
      maxRoundMs: 4_000,
      check: async () => void readBooks(await readLog(log, { mayHaveGaps: true })),
    })
    calm()
    await settles(running, log, payments, true)
  } finally {
    calm()
    delete process.env['STORE_CRASH_KAFKA']
  }
})
