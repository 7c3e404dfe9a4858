import { z } from 'zod'
import { showId } from './ids.ts'
import { SECTION_ID } from './seat.ts'

const MAX_CAPACITY = 100_000
const text = (most: number) => z.string().trim().min(1).max(most)

const section = z.strictObject({
  id: z.string().regex(SECTION_ID, "a section's id is 1 to 8 letters or digits"),
  name: text(80),
  priceCents: z.int().min(0).max(10_000_000),
  rows: z.int().min(1).max(200),
  seatsPerRow: z.int().min(1).max(200),
})

export const scheduleShow = z.strictObject({
  showId,
  title: text(200),
  venue: text(200),
  startsAt: z.iso.datetime({ offset: true, error: 'startsAt is a time as in 2030-05-01T19:30:00Z' }),
  /** From the stage outwards. Sections of one price that follow each other stand side by side. */
  sections: z
    .array(section)
    .min(1)
    .max(50)
    .check(({ value, issues }) => {
      value.forEach(({ id }, at) => {
        if (value.findIndex((other) => other.id === id) < at) {
          issues.push({ code: 'custom', path: [at, 'id'], message: `there are two sections ${id}`, input: value })
        }
      })
      const capacity = value.reduce((sum, { rows, seatsPerRow }) => sum + rows * seatsPerRow, 0)
      if (capacity > MAX_CAPACITY) {
        issues.push({ code: 'custom', message: `a show has at most ${MAX_CAPACITY} seats, this one ${capacity}`, input: value })
      }
    }),
  maxSeatsPerCustomer: z.int().min(1).max(1_000).default(8),
  holdMs: z.int().min(100).max(86_400_000).default(600_000),
})
