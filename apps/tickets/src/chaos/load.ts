/** Everybody who uses the system while it is haunted. */
import type { Random } from 'app-kit/random'
import { createRandom } from 'app-kit/random'
import type { History } from './history.ts'
import { Session } from './session.ts'
import { visit, type House } from './visitor.ts'
import { watch } from './watcher.ts'

export interface LoadOptions {
  readonly urls: readonly string[]
  readonly clients: number
  readonly seed: number
  readonly houses: readonly House[]
  readonly history: History
  /** Aborts when nobody begins anything new. */
  readonly over: AbortSignal
  /** Aborts when nothing is waited for any longer. */
  readonly closed: AbortSignal
}

const SHOWS = 16
const ROWS = 2
const SEATS_PER_ROW = 6
const HOLD_MS = 4_000
const WATCHERS = 6
/** How long a customer thinks, on average, in milliseconds. */
const THINK_MS = 500

/** Small houses, so that people get in each other's way. */
export async function openHouses(session: Session, run: string): Promise<readonly House[]> {
  const houses: House[] = []
  for (let at = 1; at <= SHOWS; at++) {
    const showId = `${at}-${run}`
    const sections = ['A', 'B'].map((id, index) => ({
      id,
      name: `Block ${id}`,
      priceCents: 5_000 - index * 1_000,
      rows: ROWS,
      seatsPerRow: SEATS_PER_ROW,
    }))
    const receipt = await session.send('ScheduleShow', {
      showId,
      title: `Show ${at}`,
      venue: 'The rock in the storm',
      startsAt: '2040-01-01T20:00:00Z',
      sections,
      holdMs: HOLD_MS,
    })
    if (receipt?.outcome !== 'accepted') throw new Error(`show ${showId} could not be scheduled: ${JSON.stringify(receipt)}`)
    const seats = sections.flatMap(({ id }) =>
      Array.from(
        { length: ROWS * SEATS_PER_ROW },
        (_, seat) => `${id}-${1 + Math.floor(seat / SEATS_PER_ROW)}-${1 + (seat % SEATS_PER_ROW)}`,
      ),
    )
    houses.push({ showId, seats })
  }
  return houses
}

/** Resolves when all have been answered, or nothing is waited for any longer. */
export async function runLoad({ urls, clients, seed, houses, history, over, closed }: LoadOptions): Promise<void> {
  const randomOf = (at: number): Random => createRandom(seed + at * 7_919)
  const visitors = Array.from({ length: clients }, (_, at) => {
    const random = randomOf(at)
    const name = `visitor-${at}`
    const session = new Session({ name, urls, random, history, signal: closed })
    return visit({ session, customerId: `${name}-${seed}`, houses, random, thinkMs: THINK_MS, signal: over })
  })
  const watchers = Array.from({ length: WATCHERS }, (_, at) =>
    watch({
      name: `watcher-${at}`,
      showId: houses[at % houses.length]?.showId ?? '',
      urls,
      random: randomOf(10_000 + at),
      history,
      signal: over,
    }),
  )
  await Promise.all([...visitors, ...watchers])
}
