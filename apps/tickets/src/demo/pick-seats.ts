import { toSeat } from '../booking/seat.ts'

interface MapSeen {
  readonly sections: readonly { readonly id: string; readonly rows: number; readonly seatsPerRow: number }[]
  readonly taken: Readonly<Record<string, string>>
}

const TRIES = 20

/** Seats side by side that are free on the map, anywhere: as somebody with a taste of their own picks them. May find none. */
export function pickSeats({ sections, taken }: MapSeen, quantity: number, random: () => number): string[] {
  const below = (end: number): number => Math.floor(random() * end)
  for (let tries = 0; tries < TRIES; tries++) {
    const section = sections[below(sections.length)]
    if (section === undefined || section.seatsPerRow < quantity) continue
    const row = 1 + below(section.rows)
    const first = 1 + below(section.seatsPerRow - quantity + 1)
    const seats = Array.from({ length: quantity }, (_, at) => toSeat(section.id, row, first + at))
    if (seats.every((seat) => taken[seat] === undefined)) return seats
  }
  return []
}
