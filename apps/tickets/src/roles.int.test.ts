/** The shop as two instances on one log: one decides, one shows. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryLog, type Log } from '@millrace/core'
import { openTicketsApp } from './testing/open-app.ts'

/** One that no instance closes. */
const lastingLog = (): Log => ({ ...createMemoryLog({ partitions: 4 }), [Symbol.asyncDispose]: () => Promise.resolve() })

const post = (url: string, body: object): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

const hold = (url: string, seat: string): Promise<Response> =>
  post(`${url}/commands/HoldSeats`, { showId: 'theatre', holdId: `h-${seat}`, customerId: 'ann', seats: [seat] })

const takenAfter = async (url: string, { headers }: Response): Promise<object> => {
  const after = { 'millrace-after': headers.get('millrace-position')! }
  return ((await (await fetch(`${url}/queries/seatMap?showId=theatre`, { headers: after })).json()) as { readonly taken: object }).taken
}

test('seats are held at either instance, decided by one and shown by the other', async () => {
  const log = lastingLog()
  await using reader = await openTicketsApp({ log, role: 'read' })
  assert.deepEqual(await (await fetch(`${reader.url}/queries/shows`)).json(), [], 'who only reads schedules nothing')
  await using writer = await openTicketsApp({ log, role: 'write' })
  const held = await hold(reader.url, 'A-1-1')
  assert.deepEqual([held.status, await takenAfter(reader.url, held)], [200, { 'A-1-1': 'held' }])
  const other = await hold(writer.url, 'A-1-2')
  assert.deepEqual(await takenAfter(reader.url, other), { 'A-1-1': 'held', 'A-1-2': 'held' })
  assert.equal((await hold(reader.url, 'A-1-2')).status, 409)
})

test('who only decides shows no page and no crowd, says where they are, and starts again on the shows that are there', async () => {
  const log = lastingLog()
  for (let start = 0; start < 2; start++) {
    await using writer = await openTicketsApp({ log, role: 'write' })
    const page = await fetch(writer.url)
    assert.equal(page.status, 421)
    assert.match(await page.text(), /MILLRACE_ROLE=write.*at an instance with MILLRACE_ROLE=read or all\./)
    assert.equal((await fetch(`${writer.url}/queries/shows`)).status, 421)
    assert.equal((await post(`${writer.url}/demo/crowd`, { showId: 'theatre' })).status, 404)
    assert.equal((await fetch(`${writer.url}/demo/log`)).status, 200)
  }
  await using reader = await openTicketsApp({ log, role: 'read' })
  const shows = (await (await fetch(`${reader.url}/queries/shows`)).json()) as readonly { readonly showId: string }[]
  assert.deepEqual(shows.map(({ showId }) => showId).sort(), ['arena', 'theatre'])
  assert.equal((await fetch(`${reader.url}/demo/crowd`)).status, 200)
})
