/** The app as a whole, spoken to over HTTP. */
import assert from 'node:assert/strict'
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { httpPayments, openFakePayments } from 'app-kit/payments'
import { runLoad } from './load/run-load.ts'
import { openTicketsApp } from './testing/open-app.ts'

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

async function call(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: (text === '' ? null : JSON.parse(text)) as Answer['body'] }
}
const json = (body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})
const withEnds = async (url: string): Promise<{ partitions: number; ends: number[] }> => (await call(`${url}/demo/log`)).body as never

test('seats are held, lost by others, bought, and given back', async () => {
  await using app = await openTicketsApp({ web: false })
  const send = (name: string, body: object) => call(`${app.url}/commands/${name}`, json(body))
  const hold = { showId: 'theatre', holdId: 'h1', customerId: 'eve', seats: ['A-1-1', 'A-1-2'] }
  const held = await send('HoldSeats', hold)
  assert.equal(held.status, 200)
  const lost = await send('HoldSeats', { ...hold, holdId: 'h2', customerId: 'adam', seats: ['A-1-2', 'A-1-3'] })
  assert.equal(lost.status, 409)
  assert.equal(lost.body['code'], 'seat-taken')
  assert.deepEqual(lost.body['details'], { seat: 'A-1-2', seats: ['A-1-2'] })
  const bought = await send('ConfirmBooking', { showId: 'theatre', holdId: 'h1', bookingId: 'b1' })
  const after = { headers: { 'millrace-after': String(bought.body['position']) } }
  const { body: booking } = await call(`${app.url}/queries/booking?bookingId=b1`, after)
  assert.equal(booking['title'], 'The Miller and the Sea')
  assert.equal(booking['totalCents'], 13_000)
  assert.deepEqual((await call(`${app.url}/queries/seatMap?showId=theatre`, after)).body['taken'], { 'A-1-1': 'sold', 'A-1-2': 'sold' })
  const given = await send('CancelBooking', { showId: 'theatre', bookingId: 'b1' })
  const { body: map } = await call(`${app.url}/queries/seatMap?showId=theatre`, {
    headers: { 'millrace-after': String(given.body['position']) },
  })
  assert.deepEqual(map['taken'], {})
})

test('bad input is refused with its path, and changes nothing', async () => {
  await using app = await openTicketsApp({ web: false })
  const before = await withEnds(app.url)
  for (const [body, path] of [
    [{ showId: 'theatre', holdId: 'h', customerId: 'c', seats: ['A-1-1', 'A 1 2'] }, 'seats.1'],
    [{ showId: 'theatre', holdId: 'h', customerId: 'c', seats: [] }, 'seats'],
    [{ showId: 'theatre', holdId: '__proto__', customerId: 'c', seats: ['A-1-1'] }, 'holdId'],
    [{ showId: 'theatre', holdId: 'h', customerId: 'c', seats: ['A-1-1'], seat: 'A-1-2' }, ''],
  ] as const) {
    const { status, body: problem } = await call(`${app.url}/commands/HoldSeats`, json(body))
    assert.equal(status, 422)
    assert.equal(problem['code'], 'COMMAND_INVALID')
    assert.ok(
      (problem['issues'] as readonly { path: string }[]).some((issue) => issue.path === path),
      JSON.stringify(problem['issues']),
    )
  }
  const internal = await call(`${app.url}/commands/ExpireHold`, json({ showId: 'theatre', holdId: 'h' }))
  assert.ok(internal.status >= 400 && internal.status < 500, `a client sent an internal command: ${internal.status}`)
  assert.deepEqual(await withEnds(app.url), before)
})

test('a hold that nobody confirms expires by itself, and everybody sees its seats free', async () => {
  await using app = await openTicketsApp({ holdMs: 4_000, web: false })
  const { body } = await call(
    `${app.url}/commands/HoldBestAvailable`,
    json({ showId: 'arena', holdId: 'h1', customerId: 'eve', quantity: 4 }),
  )
  assert.equal(body['outcome'], 'accepted')
  const timeout = AbortSignal.timeout(60_000)
  const seen: number[] = []
  for await (const map of app.running.watch('seatMap', { showId: 'arena' }, { after: String(body['position']), signal: timeout })) {
    seen.push(Object.keys(map?.taken ?? {}).length)
    if (seen.at(-1) === 0) break
  }
  assert.deepEqual([seen[0], seen.at(-1)], [4, 0])
  // The list of holds is another read model than the map.
  assert.equal((await call(`${app.url}/queries/hold?holdId=h1&maxAgeMs=0`)).body['status'], 'expired')
})

test('a live seat map is a snapshot, then what changed', async () => {
  await using app = await openTicketsApp({ web: false })
  const abort = new AbortController()
  const response = await fetch(`${app.url}/queries/seatMap?showId=theatre`, {
    headers: { accept: 'text/event-stream' },
    signal: abort.signal,
  })
  const chunks = response.body!.pipeThrough(new TextDecoderStream())
  let text = ''
  let isSent = false
  for await (const chunk of chunks) {
    text += chunk
    if (!isSent && text.includes('event: snapshot')) {
      isSent = true
      await call(`${app.url}/commands/HoldSeats`, json({ showId: 'theatre', holdId: 'h1', customerId: 'eve', seats: ['G-4-27'] }))
    }
    if (/event: patch\ndata: .*\n\n/.test(text)) break
  }
  abort.abort()
  assert.match(text, /event: patch\ndata: {"taken":{"G-4-27":"held"}}\n/)
})

test('the crowd comes, buys and goes home when it is sent', async () => {
  await using app = await openTicketsApp({ web: false })
  const crowd = `${app.url}/demo/crowd`
  assert.equal((await call(crowd)).body['running'], false)
  assert.equal((await call(crowd, json({ showId: 'theatre', buyers: 0 }))).status, 422)
  assert.equal((await call(crowd, json({ showId: 'theatre', buyers: 200 }))).body['running'], true)
  const deadlineMs = Date.now() + 60_000
  while (Number((await call(crowd)).body['accepted']) < 5 && Date.now() < deadlineMs)
    await new Promise((resolve) => setTimeout(resolve, 50))
  const { body } = await call(crowd, { method: 'DELETE' })
  assert.equal(body['running'], false)
  assert.ok(Number(body['accepted']) >= 5)
  const sent = body['sent']
  assert.equal((await call(crowd)).body['sent'], sent)
})

test('the log is read over HTTP, a range of one partition at a time', async () => {
  await using app = await openTicketsApp({ web: false })
  const { partitions, ends } = await withEnds(app.url)
  const lines: { offset: number; type: string }[] = []
  for (let partition = 0; partition < partitions; partition++) {
    const text = await (await fetch(`${app.url}/demo/log?partition=${partition}&from=1`)).text()
    const read = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { offset: number; type: string })
    assert.deepEqual(
      read.map(({ offset }) => offset),
      Array.from({ length: ends[partition]! - 1 }, (_, at) => at + 1),
    )
    lines.push(...read)
  }
  assert.equal(lines.filter(({ type }) => type === 'ShowScheduled').length, 2)
  assert.equal((await call(`${app.url}/demo/log?partition=x`)).status, 422)
})

test('a load over HTTP ends with a verdict that holds', async () => {
  await using provider = await openFakePayments()
  const payments = { payments: httpPayments(provider.url), paymentsPage: provider.url }
  await using app = await openTicketsApp({ holdMs: 300, web: false, ...payments })
  const { verdict, measures, problems, rebuilt, verified } = await runLoad(
    {
      url: app.url,
      users: 60,
      seconds: 2,
      shows: ['theatre', 'arena'],
      writeRatio: 0.6,
      payRatio: 0.7,
      thinkMs: 50,
      sockets: 20,
      seed: 1,
      rebuild: 'seat-map',
    },
    { onLoad: () => undefined, onVerify: () => undefined },
  )
  assert.deepEqual([...verdict.problems, ...problems, ...measures.errors.entries()], [])
  assert.ok(verdict.confirmed > 20, `only ${verdict.confirmed} commands`)
  assert.equal(verdict.confirmed, measures.commands.count)
  assert.ok(verdict.mapsCompared > 2, 'also maps that were seen on the way')
  assert.equal(rebuilt, 3)
  const { money } = verdict
  assert.ok(money !== undefined && money.checkouts > 0 && money.keptCents > 0, JSON.stringify(money))
  assert.equal(money.keptCents, provider.ledger.balanceCents())
  assert.ok(verified.readModels === 7 && verified.documents > 10, `${verified.documents} documents of ${verified.readModels} read models`)
})

test('the page is served with what keeps it fresh and safe', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'tickets-page-'))
  try {
    await mkdir(path.join(directory, 'assets'))
    await writeFile(path.join(directory, 'index.html'), '<!doctype html><title>x</title>')
    await writeFile(path.join(directory, 'assets/main-abc.js'), 'export const x = 1\n'.repeat(200))
    await using app = await openTicketsApp({ web: directory })
    const page = await fetch(app.url)
    assert.equal(page.headers.get('cache-control'), 'no-cache')
    assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'self';/)
    assert.equal(await page.text(), '<!doctype html><title>x</title>')
    const again = await fetch(app.url, { headers: { 'if-none-match': page.headers.get('etag') ?? '' } })
    assert.equal(again.status, 304)
    const script = await fetch(`${app.url}/assets/main-abc.js`, { headers: { 'accept-encoding': 'br' } })
    assert.equal(script.headers.get('content-encoding'), 'br')
    assert.match(script.headers.get('cache-control') ?? '', /immutable/)
    assert.match(await script.text(), /^export const x = 1\n/)
    assert.equal((await fetch(`${app.url}/assets/..%2findex.html`)).status, 404)
    assert.equal((await fetch(`${app.url}/package.json`)).status, 404)
  } finally {
    await rm(directory, { recursive: true })
  }
})
