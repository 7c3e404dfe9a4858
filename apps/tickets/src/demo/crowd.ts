/** Simulated buyers inside the server, to watch a show sell: bounded in number, rate and time. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { QueryResult, Running } from '@millrace/core'
import type { Tickets } from '../app.ts'
import { createBuyer } from './buyer.ts'

export const MAX_BUYERS = 1_000
/** Commands of all buyers together, in a second. */
const MAX_RATE = 150
/** Then the crowd goes home. */
const MAX_MS = 120_000
/** So old may be what buyers see of the seats: the map of an arena is not read for each of them. */
const MAP_MS = 1_500
/** Buyers wait while so many commands of anybody wait for their answer. */
const BUSY = 500

export interface CrowdStatus {
  readonly running: boolean
  readonly showId?: string
  readonly buyers: number
  /** Commands so far, and how they were answered. */
  readonly sent: number
  readonly accepted: number
  readonly rejected: number
}

export interface Crowd extends AsyncDisposable {
  /** Sends `buyers` to a show; those of an earlier call go home first. */
  start(showId: string, buyers: number): Promise<CrowdStatus>
  /** Sends all home. Resolves when the last has stopped. */
  stop(): Promise<CrowdStatus>
  status(): CrowdStatus
}

export function createCrowd(app: Running<Tickets>, random: () => number = Math.random): Crowd {
  let status: CrowdStatus = { running: false, buyers: 0, sent: 0, accepted: 0, rejected: 0 }
  let stopping = new AbortController()
  let done: Promise<unknown> = Promise.resolve()

  const stop = async (): Promise<CrowdStatus> => {
    stopping.abort()
    await done
    return status
  }

  return {
    status: () => status,
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
    },
    async start(showId, buyers) {
      await stop()
      const controller = new AbortController()
      stopping = controller
      const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(MAX_MS)])
      status = { running: true, showId, buyers, sent: 0, accepted: 0, rejected: 0 }
      let nextTurnMs = 0
      /** Waits until one more command fits the rate. */
      const turn = async (): Promise<void> => {
        const nowMs = performance.now()
        nextTurnMs = Math.max(nowMs, nextTurnMs + 1_000 / MAX_RATE)
        await sleep(nextTurnMs - nowMs, undefined, { signal })
        while (app.status().inFlight > BUSY) await sleep(100, undefined, { signal })
      }
      let seen: { readonly atMs: number; readonly map: Promise<QueryResult<Tickets, 'seatMap'>> } | undefined
      const look = (): Promise<QueryResult<Tickets, 'seatMap'>> => {
        const nowMs = performance.now()
        if (seen === undefined || nowMs - seen.atMs > MAP_MS) seen = { atMs: nowMs, map: app.query('seatMap', { showId }) }
        return seen.map
      }
      const note = (outcome: 'accepted' | 'rejected' | 'failed'): void => {
        status = { ...status, sent: status.sent + 1, ...(outcome !== 'failed' && { [outcome]: status[outcome] + 1 }) }
      }
      const crowd = Array.from({ length: buyers }, () => createBuyer({ app, showId, random, signal, turn, look, note }))
      // Who goes home has aborted; who meets an error (the app stops) goes home as well.
      done = Promise.all(crowd.map((buyer) => buyer().catch(() => undefined))).then(() => {
        status = { ...status, running: false }
      })
      return status
    },
  }
}
