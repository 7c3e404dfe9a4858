import type { TakenStatus } from '../api/contract.ts'

/** What a seat is to this visitor. The first four are the server's word, the last two lie over it. */
export const seatCode = { free: 0, held: 1, sold: 2, blocked: 3, selected: 4, mine: 5 } as const
export type SeatCode = (typeof seatCode)[keyof typeof seatCode]

export const toSeatCode = (status: TakenStatus | null | undefined): SeatCode => (status ? seatCode[status] : seatCode.free)

/** Status words for seat names and legends; every screen says the same. */
export const seatWords: Readonly<Record<SeatCode, string>> = {
  [seatCode.free]: 'available',
  [seatCode.held]: 'on hold by someone else',
  [seatCode.sold]: 'sold',
  [seatCode.blocked]: 'not for sale',
  [seatCode.selected]: 'your choice',
  [seatCode.mine]: 'held for you',
}
