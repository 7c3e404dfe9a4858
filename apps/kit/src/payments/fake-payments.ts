/**
 * A payment provider to try things with: an HTTP server of its own, whose page has a button for each way in which payments
 * go, and counts what was asked for and what was done.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLedger, LedgerError, type Entry, type Ledger } from './ledger.ts'
import { isMood, moodFor, type Mood } from './mood.ts'
import { paymentsPage } from './payments-page.ts'

export interface FakePaymentsOptions {
  readonly host?: string
  /** Default 0: any that is free. */
  readonly port?: number
  /** How long "slow" takes, in milliseconds (default 8,000: longer than callers wait). */
  readonly slowMs?: number
  /** Where the books are kept, a line for each change (default: in memory). */
  readonly file?: string | undefined
}

export interface FakePayments extends AsyncDisposable {
  readonly url: string
  readonly ledger: Ledger
  readonly mood: Mood
  setMood(mood: Mood): void
  /** Slow charges that are under way come to their end now. */
  hurry(): void
}

/** Answered with nothing: the connection is cut. */
class AnswerLost extends Error {
  override readonly name = 'AnswerLost'
}

const MAX_BODY_BYTES = 16_384

export async function openFakePayments({
  host = '127.0.0.1',
  port = 0,
  slowMs = 8_000,
  file,
}: FakePaymentsOptions = {}): Promise<FakePayments> {
  const ledger = createLedger((entry) => file !== undefined && appendFileSync(file, `${JSON.stringify(entry)}\n`), known(file))
  const stopping = new AbortController()
  /** Charges that are being made slowly: asked for again meanwhile, there is still one. */
  const underWay = new Map<string, Promise<object>>()
  let hurrying = new AbortController()
  let mood: Mood = 'card'

  async function charge(key: string, amountCents: number, method: string): Promise<object> {
    const how = moodFor(mood, method)
    if (how === 'away') throw new AnswerLost()
    const isKnown = ledger.get(key) !== undefined
    if (how === 'slow' && !isKnown) {
      const signal = AbortSignal.any([stopping.signal, hurrying.signal])
      await sleep(slowMs, undefined, { signal }).catch(() => stopping.signal.throwIfAborted())
    }
    const answer = ledger.charge({ key, amountCents, method }, () =>
      how === 'decline' ? { status: 'declined', reason: 'the card was declined' } : { status: 'approved' },
    )
    // Only the first answer: whoever asks again learns what was done.
    if (how === 'lose' && !isKnown) throw new AnswerLost()
    return answer
  }

  function chargeOnce(key: string, amountCents: number, method: string): Promise<object> {
    const running = underWay.get(key)
    if (running !== undefined) return running
    const started = charge(key, amountCents, method).finally(() => underWay.delete(key))
    underWay.set(key, started)
    return started
  }

  async function handle(request: IncomingMessage): Promise<object | string> {
    const { method, url = '/' } = request
    if (method === 'GET' && url === '/') return paymentsPage(ledger, mood)
    if (method === 'GET' && url === '/ledger') return { mood, balanceCents: ledger.balanceCents(), entries: ledger.entries() }
    if (method !== 'POST') throw new LedgerError(`there is no ${method ?? ''} ${url.slice(0, 100)}`)
    const body = await readBody(request)
    if (url === '/mood') {
      const to = body['mood']
      if (!isMood(to)) throw new LedgerError('there is no such mood')
      mood = to
      return request.headers['content-type']?.startsWith('application/json') === true ? { mood } : ''
    }
    const key = request.headers['idempotency-key']
    if (typeof key !== 'string' || key === '' || key.length > 300)
      throw new LedgerError('an Idempotency-Key of 1 to 300 characters is needed')
    if (url === '/charges') return chargeOnce(key, toCents(body['amountCents']), toText(body['method'], 'method'))
    if (mood === 'away') throw new AnswerLost()
    if (url === '/voids') return ledger.voidCharge(key)
    if (url !== '/refunds') throw new LedgerError(`there is no POST ${url.slice(0, 100)}`)
    ledger.refund({ key, chargeKey: toText(body['chargeKey'], 'chargeKey'), amountCents: toCents(body['amountCents']) })
    return {}
  }

  const server = createServer((request, response) => {
    handle(request).then(
      (answer) => send(response, answer),
      (error: unknown) => {
        if (error instanceof LedgerError) response.writeHead(422, { 'content-type': 'text/plain' }).end(error.message)
        else request.socket.destroy()
      },
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    ledger,
    get mood() {
      return mood
    },
    setMood: (to) => {
      mood = to
    },
    hurry() {
      hurrying.abort()
      hurrying = new AbortController()
    },
    async [Symbol.asyncDispose]() {
      stopping.abort()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The latest line of each key; what a crash cut short is none. */
function known(file: string | undefined): readonly Entry[] {
  if (file === undefined || !existsSync(file)) return []
  const entries = new Map<string, Entry>()
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (!line.startsWith('{') || !line.endsWith('}')) continue
    const entry = JSON.parse(line) as Entry
    entries.set(entry.key, entry)
  }
  return [...entries.values()]
}

function send(response: ServerResponse, answer: object | string): void {
  if (answer === '') response.writeHead(303, { location: '/' }).end()
  else if (typeof answer === 'string')
    response
      .writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
        'cache-control': 'no-store',
      })
      .end(answer)
  else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}

async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new LedgerError('the body is too long')
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true)
    return Object.fromEntries(new URLSearchParams(text))
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body !== null) return body as Readonly<Record<string, unknown>>
  } catch {
    // Said below.
  }
  throw new LedgerError('the body is no JSON object')
}

function toCents(value: unknown): number {
  if (Number.isInteger(value) && (value as number) > 0) return value as number
  throw new LedgerError('amountCents is a whole number of cents, from 1')
}

function toText(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= 300) return value
  throw new LedgerError(`${name} is text of 1 to 300 characters`)
}
