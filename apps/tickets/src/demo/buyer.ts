import { setTimeout as sleep } from 'node:timers/promises'
import type { CommandInput, CommandName, QueryResult, ReceiptOf, Running } from '@millrace/core'
import type { Tickets } from '../app.ts'
import { pickSeats } from './pick-seats.ts'

export interface BuyerOptions {
  readonly app: Pick<Running<Tickets>, 'send'>
  readonly showId: string
  readonly random: () => number
  /** The buyer goes home when it aborts. */
  readonly signal: AbortSignal
  /** Waits until one more command may be sent. */
  readonly turn: () => Promise<void>
  /** The seat map as buyers see it: perhaps a moment old. Null where there is no such show. */
  readonly look: () => Promise<QueryResult<Tickets, 'seatMap'>>
  readonly note: (outcome: ReceiptOf<Tickets>['outcome']) => void
}

/** How long buyers take to come, and to make up their minds. */
const ARRIVE_MS = 12_000
const THINK_MS = [800, 6_000] as const
const VISITS = 3

/** A buyer: comes, has seats held (picked on the map, or the best there are), thinks, and mostly buys; some give them back, some just go away, a few cancel later. */
export function createBuyer({ app, showId, random, signal, turn, look, note }: BuyerOptions): () => Promise<void> {
  const customerId = `crowd-${crypto.randomUUID()}`
  const think = (): Promise<void> => sleep(THINK_MS[0] + random() * (THINK_MS[1] - THINK_MS[0]), undefined, { signal })
  const send = async <Name extends CommandName<Tickets>>(type: Name, data: CommandInput<Tickets, Name>): Promise<boolean> => {
    await turn()
    signal.throwIfAborted()
    const { outcome } = await app.send(type, data)
    note(outcome)
    return outcome === 'accepted'
  }

  const visit = async (): Promise<void> => {
    const holdId = crypto.randomUUID()
    const quantity = 1 + Math.floor(random() * 4)
    const map = random() < 0.5 ? await look() : null
    const seats = map === null ? [] : pickSeats(map, quantity, random)
    const isHeld = await (seats.length > 0
      ? send('HoldSeats', { showId, holdId, customerId, seats })
      : send('HoldBestAvailable', { showId, holdId, customerId, quantity }))
    if (!isHeld) return
    await think()
    const mood = random()
    if (mood < 0.12) await send('ReleaseHold', { showId, holdId })
    if (mood < 0.2) return
    const bookingId = crypto.randomUUID()
    if (!(await send('ConfirmBooking', { showId, holdId, bookingId })) || random() > 0.15) return
    await think()
    await send('CancelBooking', { showId, bookingId })
  }

  return async () => {
    await sleep(random() * ARRIVE_MS, undefined, { signal })
    for (let visits = 1 + Math.floor(random() * VISITS); visits > 0; visits--) {
      await visit()
      await think()
    }
  }
}
