/** A simulated customer: looks, holds, buys, lets holds run out, gives back; and looks whether it was told the truth. */
import type { Random } from 'app-kit/random'
import { pause, type Session } from './session.ts'

export interface House {
  readonly showId: string
  readonly seats: readonly string[]
}

export interface VisitorOptions {
  readonly session: Session
  readonly customerId: string
  readonly houses: readonly House[]
  readonly random: Random
  readonly thinkMs: number
  /** Aborts when no new command is to be begun. */
  readonly signal: AbortSignal
}

export async function visit({ session, customerId, houses, random, thinkMs, signal }: VisitorOptions): Promise<void> {
  const bookings: { readonly showId: string; readonly bookingId: string }[] = []

  /** Holds some seats. Undefined where it was refused. */
  const hold = async ({ showId, seats }: House): Promise<string | undefined> => {
    const holdId = crypto.randomUUID()
    const quantity = 1 + random.below(3)
    const receipt =
      random.next() < 0.75
        ? await session.send('HoldSeats', { showId, holdId, customerId, seats: pickSome(seats, quantity, random) })
        : await session.send('HoldBestAvailable', { showId, holdId, customerId, quantity })
    if (receipt?.outcome !== 'accepted') return undefined
    if (random.next() < 0.5) await session.ask('hold', { holdId }, showId)
    return holdId
  }

  const giveBack = async (): Promise<void> => {
    const [booking] = bookings.splice(random.below(Math.max(1, bookings.length)), 1)
    if (booking === undefined) return
    await session.send('CancelBooking', booking)
    await session.ask('booking', { bookingId: booking.bookingId }, booking.showId)
  }

  const finish = async (showId: string, holdId: string): Promise<void> => {
    const mood = random.next()
    if (mood < 0.25) return // it runs out
    if (mood < 0.4) await session.send('ReleaseHold', { showId, holdId })
    else {
      if (mood < 0.5) await session.send('ExtendHold', { showId, holdId })
      // Now and then so late that the time may be over at that very moment.
      if (mood > 0.9) await pause(2_000 + random.below(2_000), signal)
      const bookingId = crypto.randomUUID()
      const receipt = await session.send('ConfirmBooking', { showId, holdId, bookingId })
      if (receipt?.outcome === 'accepted') bookings.push({ showId, bookingId })
      await session.ask('booking', { bookingId }, showId)
    }
    if (random.next() < 0.3) await session.ask('hold', { holdId }, showId)
  }

  while (!signal.aborted) {
    const house = random.pick(houses)
    const mood = random.next()
    if (mood < 0.3) await session.ask('seatMap', { showId: house.showId }, house.showId)
    else if (mood < 0.35) await session.ask('sales', { showId: house.showId }, house.showId)
    else if (mood < 0.4 || bookings.length > 2) await giveBack()
    else {
      const holdId = await hold(house)
      if (holdId !== undefined && !signal.aborted) {
        await pause(random.below(thinkMs), signal)
        await finish(house.showId, holdId)
      }
    }
    await pause(-Math.log(1 - random.next()) * thinkMs, signal)
  }
}

function pickSome(seats: readonly string[], quantity: number, random: Random): readonly string[] {
  const start = random.below(seats.length)
  return Array.from({ length: quantity }, (_, at) => seats[(start + at) % seats.length] ?? '')
}
