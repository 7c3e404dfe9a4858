/** One person's requests: to whichever instance, sent again under the same key until answered, everything written down. */
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from 'app-kit/random'
import { attempt, type Attempted } from './attempt.ts'
import { further, fromPosition, type Position } from './checker/positions.ts'
import type { CommandCall, History, SeenReceipt } from './history.ts'

/** Shares of requests that something befalls. */
const LOST = 0.3
const CUT = 0.05
const DOUBLED = 0.1
const HOPPING = 0.3
const REUSED = 0.02
/** Shares of commands whose sender will not wait for ever: nobody ever learns what became of them. */
const GIVING_UP = 0.5

export interface SessionOptions {
  readonly name: string
  readonly urls: readonly string[]
  readonly random: Random
  readonly history: History
  /** Aborts when nothing more is to be sent, answered or not. */
  readonly signal: AbortSignal
  /** Whether it goes from instance to instance, and answers are lost and connections cut on purpose (default true). */
  readonly isRough?: boolean
  /** How far it has seen before (default: nothing). */
  readonly after?: string
}

/** Answers to be waited for, in milliseconds: some are patient, some are not. */
const PATIENCE_MS = [1_000, 5_000] as const
/** Longer than an instance waits before it says that a command is not decided yet. */
const LONG_PATIENCE_MS = 12_000
const PATIENT = 0.1

export class Session {
  readonly #options: SessionOptions
  readonly #agent = new http.Agent({ keepAlive: true, maxFreeSockets: 2 })
  #instance: number
  #after: Position

  constructor(options: SessionOptions) {
    this.#options = options
    this.#instance = options.random.below(options.urls.length)
    this.#after = fromPosition(options.after ?? '')
  }

  /** How far this session has seen, as text. */
  get after(): string {
    return [...this.#after].map(([partition, next]) => `${partition}-${next}`).join('.')
  }

  /** Sends until there is an answer, or patience is at its end. Undefined then, or where the end came first. */
  async send(type: string, data: object): Promise<SeenReceipt | undefined> {
    const { random, signal, isRough = true } = this.#options
    const id = crypto.randomUUID()
    const deadline = isRough && random.next() < GIVING_UP ? performance.now() + 500 + random.below(8_000) : Infinity
    for (let tries = 0; !signal.aborted && performance.now() < deadline; tries++) {
      // The same at the same time, to another instance or to the same.
      const twin = isRough && random.next() < DOUBLED ? this.#try(id, type, data) : undefined
      const receipt = (await this.#try(id, type, data)) ?? (await twin)
      if (receipt !== undefined) {
        await twin
        if (isRough && random.next() < REUSED) await this.#try(id, type, toOther(data), true)
        return receipt
      }
      await pause(Math.min(2_000, 50 * 2 ** Math.min(tries, 6)) * (0.5 + random.next()), signal)
    }
    return undefined
  }

  /** The answer, once; undefined where none came. `showId`: whose events it is a fold of. */
  async ask(name: string, input: Readonly<Record<string, string>>, showId: string): Promise<Attempted | undefined> {
    const { name: session, history, random, isRough = true } = this.#options
    this.#hop()
    const instance = this.#instance
    const after = this.after
    const startMs = Date.now()
    const answered = await attempt({
      ...this.#to(instance),
      path: `/queries/${name}?${new URLSearchParams(input).toString()}`,
      method: 'GET',
      headers: after === '' ? {} : { 'millrace-after': after },
      cutAfterMs: isRough && random.next() < CUT ? random.below(200) : undefined,
    })
    const { status, position, body } = answered
    const isAnswer = status === 200 && position !== undefined
    history.add({
      kind: 'query',
      session,
      instance,
      startMs,
      endMs: Date.now(),
      status,
      name,
      input,
      showId,
      after,
      ...(isAnswer && { position, answer: body }),
    })
    if (!isAnswer) {
      this.#leave()
      return undefined
    }
    this.#after = further(this.#after, fromPosition(position))
    return answered
  }

  /** From now on this instance is asked. */
  use(instance: number): void {
    this.#instance = instance
  }

  async #try(id: string, type: string, data: object, isOther = false): Promise<SeenReceipt | undefined> {
    const { name: session, history, random, isRough = true } = this.#options
    this.#hop()
    const instance = this.#instance
    const startMs = Date.now()
    const answered = await attempt({
      ...this.#to(instance),
      path: `/commands/${type}`,
      method: 'POST',
      headers: { 'idempotency-key': id },
      body: JSON.stringify(data),
      cutAfterMs: isRough && random.next() < CUT ? random.below(100) : undefined,
      isLost: isRough && random.next() < LOST,
    })
    const call = {
      kind: 'command',
      session,
      instance,
      startMs,
      endMs: Date.now(),
      status: answered.status,
      id,
      type,
      data,
      isOther,
    } as const
    history.add({ ...call, ...toOutcome(answered) })
    const { receipt } = toOutcome(answered)
    if (receipt === undefined && !isOther) this.#leave()
    if (receipt !== undefined) this.#after = further(this.#after, fromPosition(receipt.position))
    return receipt
  }

  #hop(): void {
    if (this.#options.random.next() < HOPPING) this.#leave()
  }

  /** To any instance. */
  #leave(): void {
    const { random, urls, isRough = true } = this.#options
    if (isRough) this.#instance = random.below(urls.length)
  }

  #to(instance: number): { readonly agent: http.Agent; readonly url: string; readonly timeoutMs: number } {
    const [least, most] = PATIENCE_MS
    const { urls, random } = this.#options
    const timeoutMs = random.next() < PATIENT ? LONG_PATIENCE_MS : least + random.below(most - least)
    return { agent: this.#agent, url: urls[instance] ?? '', timeoutMs }
  }
}

/** Another command for the same show: of another hold, or another booking. */
const toOther = (data: object): object => ({ ...data, ['bookingId' in data ? 'bookingId' : 'holdId']: crypto.randomUUID() })

/** What an answer to a command means. 503, 202 and no answer: it may have been done, or not. */
function toOutcome({ status, body }: Attempted): Pick<CommandCall, 'outcome' | 'receipt' | 'code'> {
  const said = (body ?? {}) as { readonly receipt?: SeenReceipt; readonly code?: string }
  if (status === 200) return { outcome: 'ok', receipt: body as SeenReceipt }
  if (said.receipt !== undefined) return { outcome: 'rejected', receipt: said.receipt }
  const code = said.code === undefined ? {} : { code: said.code }
  return { outcome: status === 0 || status === 202 || status === 503 ? 'unknown' : 'refused', ...code }
}

export const pause = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal }).catch(() => undefined)
