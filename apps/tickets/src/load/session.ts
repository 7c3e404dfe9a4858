/** One user's requests: measured, sent again with the same id where that is safe, and every answer to a command kept. */
import { setTimeout as sleep } from 'node:timers/promises'
import { fromText, furthest, isReached, START, toText, type Position, type Receipt } from '@millrace/core'
import { digestOf, type Acknowledged } from './checker.ts'
import type { HttpAnswer, HttpClient } from './http-client.ts'
import type { Measures } from './measures.ts'

const TRIES = 6

/** What all users share. */
export interface Told {
  readonly client: HttpClient
  readonly measures: Measures
  readonly acknowledged: Map<string, Acknowledged>
  /** Told every position that a user was. */
  readonly onPosition: (position: string) => void
  /** Told where the app broke its word. */
  readonly onProblem: (problem: string) => void
}

/** An answer to a query, and how far the read model was. */
export interface Asked {
  /** Empty where it was not wanted. */
  readonly text: string
  readonly position: Position
}

export class Session {
  readonly #told: Told
  /** What this user must see from now on: all that they did, and all that they were shown. */
  #seen: Position = START

  constructor(told: Told) {
    this.#told = told
  }

  /** Undefined where no answer could be had. */
  async send(type: string, data: object): Promise<Receipt | undefined> {
    const { client, measures, acknowledged, onPosition } = this.#told
    const commandId = crypto.randomUUID()
    const body = JSON.stringify(data)
    const startMs = performance.now()
    const answer = await this.#retrying(() =>
      client.request(`/commands/${type}`, { method: 'POST', headers: { 'idempotency-key': commandId }, body }),
    )
    if (answer === undefined) return undefined
    measures.commands.add(performance.now() - startMs)
    const parsed = JSON.parse(answer.body) as Receipt & { readonly receipt?: Receipt }
    const receipt = answer.status === 409 ? parsed.receipt : answer.status === 200 ? parsed : undefined
    if (receipt?.outcome === undefined) {
      measures.errors.add(`HTTP ${answer.status} to ${type}`)
      return undefined
    }
    if (receipt.outcome === 'accepted') measures.accepted++
    else measures.refusals.add(receipt.outcome === 'rejected' ? receipt.code : 'failed')
    acknowledged.set(receipt.commandId, {
      outcome: receipt.outcome,
      digest: digestOf(receipt.outcome === 'rejected' ? receipt : receipt.outcome === 'failed' ? { code: '' } : receipt),
    })
    if (receipt.commandId !== commandId) measures.errors.add('a receipt with another command id')
    this.#seen = furthest(this.#seen, fromText(receipt.position) ?? START)
    onPosition(receipt.position)
    return receipt
  }

  /** The answer, with its text where that is wanted; undefined where none could be had. */
  async ask(query: string, wantsBody: boolean): Promise<Asked | undefined> {
    const { client, measures, onProblem } = this.#told
    const seen = this.#seen
    const headers: Record<string, string> = seen.size === 0 ? {} : { 'millrace-after': toText(seen) }
    const startMs = performance.now()
    const answer = await this.#retrying(() => client.request(`/queries/${query}`, { headers, wantsBody }))
    if (answer === undefined) return undefined
    measures.queries.add(performance.now() - startMs)
    measures.bytes += answer.bytes
    const name = query.replace(/\?.*/, '')
    if (answer.status !== 200) {
      measures.errors.add(`HTTP ${answer.status} to ${name}`)
      return undefined
    }
    const position = fromText(String(answer.headers['millrace-position'] ?? '')) ?? START
    if (!isReached(position, seen)) onProblem(`${name} went back: it was answered at ${toText(position)}, after ${toText(seen)}`)
    this.#seen = furthest(seen, position)
    return { text: answer.body, position }
  }

  async #retrying(request: () => Promise<HttpAnswer>): Promise<HttpAnswer | undefined> {
    const { errors } = this.#told.measures
    for (let tries = 1; ; tries++) {
      try {
        const answer = await request()
        if (answer.status !== 503) return answer
        errors.add('HTTP 503 (sent again)')
      } catch (error) {
        errors.add(`${(error as { readonly code?: string }).code ?? String(error)} (sent again)`)
      }
      if (tries === TRIES) {
        errors.add('gave up')
        return undefined
      }
      await sleep(100 * 2 ** tries)
    }
  }
}
