/** The two shows that are there after the first start. */
import type { CommandInput, Running } from '@millrace/core'
import type { Tickets } from '../app.ts'

export type ShowPlan = CommandInput<Tickets, 'ScheduleShow'>

const DAY_MS = 86_400_000

/** At that hour (UTC) so many days after `nowMs`. */
function daysAfter(nowMs: number, days: number, hour: number): string {
  const day = new Date(nowMs + days * DAY_MS)
  day.setUTCHours(hour, 0, 0, 0)
  return day.toISOString()
}

/** 400 seats: stalls and circle, each in two halves, and a gallery. */
export const theatre = (nowMs: number, holdMs: number): ShowPlan => ({
  showId: 'theatre',
  title: 'The Miller and the Sea',
  venue: 'Old Wheel Theatre',
  startsAt: daysAfter(nowMs, 12, 18),
  sections: [
    { id: 'A', name: 'Stalls left', priceCents: 6_500, rows: 8, seatsPerRow: 10 },
    { id: 'B', name: 'Stalls right', priceCents: 6_500, rows: 8, seatsPerRow: 10 },
    { id: 'C', name: 'Circle left', priceCents: 4_500, rows: 6, seatsPerRow: 11 },
    { id: 'D', name: 'Circle right', priceCents: 4_500, rows: 6, seatsPerRow: 11 },
    { id: 'G', name: 'Gallery', priceCents: 2_200, rows: 4, seatsPerRow: 27 },
  ],
  maxSeatsPerCustomer: 8,
  holdMs,
})

/** `count` blocks of one price, ids as `L1`, `L2`, … */
const blocks = (letter: string, name: string, count: number, priceCents: number, rows: number, seatsPerRow: number) =>
  Array.from({ length: count }, (_, at) => ({ id: `${letter}${at + 1}`, name: `${name} ${at + 1}`, priceCents, rows, seatsPerRow }))

/** 20,000 seats: a floor in front of the stage, and two rings around it. */
export const arena = (nowMs: number, holdMs: number): ShowPlan => ({
  showId: 'arena',
  title: 'Riverlight: the final night',
  venue: 'Weir Arena',
  startsAt: daysAfter(nowMs, 40, 19),
  sections: [
    ...blocks('F', 'Floor', 2, 14_500, 40, 40),
    ...blocks('L', 'Lower ring', 20, 9_500, 18, 20),
    ...blocks('U', 'Upper ring', 24, 5_500, 20, 20),
  ],
  maxSeatsPerCustomer: 8,
  holdMs,
})

/**
 * Schedules those of the shows that are not there yet. An instance that only reads leaves that to who decides; one that only
 * writes cannot ask, and is refused those that are there.
 */
export async function scheduleMissing(
  running: Pick<Running<Tickets>, 'role' | 'send' | 'query'>,
  plans: readonly ShowPlan[],
): Promise<void> {
  const { role } = running
  if (role === 'read') return
  for (const plan of plans) {
    if (role === 'all' && (await running.query('sales', { showId: plan.showId })) !== null) continue
    const receipt = await running.send('ScheduleShow', plan)
    if (receipt.outcome === 'failed') throw new Error(`show '${plan.showId}' could not be scheduled: ${receipt.message}`)
  }
}
