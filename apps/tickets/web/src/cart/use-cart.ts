import { useCallback, useEffect, useRef, useState } from 'react'
import { announce } from 'app-kit/web/announce/announcer.tsx'
import { noteFreshDeadline, serverNowMs } from 'app-kit/web/api/server-clock.ts'
import { plural } from 'app-kit/web/shell/format.ts'
import { failureSentence } from 'app-kit/web/api/failure-sentence.ts'
import type { Hold, Show } from '../api/contract.ts'
import { detailsOf, eventOf, type RefusalDetails } from '../api/receipt.ts'
import { client, sendCommand, type Answer } from '../api/client.ts'
import { fromSeatId, toSeatId } from '../seats/house.ts'
import { replacementsFor } from '../seats/nearest-free.ts'
import type { SeatBoard } from '../seats/seat-board.ts'
import { seatCode } from '../seats/seat-code.ts'
import { seatName } from '../seats/seat-names.ts'
import { customerId } from '../shell/identity.ts'
import { onSavedElsewhere, savedId, saveId } from '../shell/saved-ids.ts'
import type { CartState, HeldSeats } from './cart-state.ts'
import { spokenTime } from './countdown.ts'
import { refusalSentence, relaxedSentence } from './refusals.ts'

export interface Cart extends CartState {
  pick(seat: number): void
  holdChosen(): void
  holdBest(quantity: number, section: string | undefined): Promise<readonly number[]>
  extend(): void
  release(): void
  /** Takes a hold that was made for this customer, unless there is one already: what the waiting list offers. */
  adopt(holdId: string): void
  /** Puts these seats into the choice, for a proposal or after an expiry. */
  choose(seats: readonly number[]): void
  dismiss(): void
}

/** Choice, hold and booking of one show. The server decides; this only shows at once what it will most likely say. */
export function useCart(show: Show, board: SeatBoard): Cart {
  const [state, setState] = useState<CartState>({ held: undefined, note: undefined, saving: undefined })
  const current = useRef(state)
  const unanswered = useRef(false)
  const update = useCallback((change: Partial<CartState>) => {
    current.current = { ...current.current, ...change }
    setState(current.current)
  }, [])

  const noteLost = useCallback(
    (lost: readonly number[]) => {
      const isFree = (seat: number): boolean => board.code(seat) === seatCode.free
      const proposed = replacementsFor(board.house, lost, { isFree, beside: board.selected })
      const names = lost.map((seat) => seatName(board.house, seat)).join('; ')
      announce(`${names}: just taken by someone else.${proposed.length > 0 ? ' A near one is proposed in your choice.' : ''}`)
      update({ note: { kind: 'lost', lost, proposed } })
    },
    [board, update],
  )

  const forget = useCallback(
    (note?: CartState['note']) => {
      saveId('hold', show.showId, null)
      board.setMine([])
      update({ held: undefined, note })
    },
    [board, show.showId, update],
  )

  /** Asks the server how the hold stands: after a reload, in a second tab, or when its seats changed under us. */
  const refresh = useCallback(async () => {
    const holdId = savedId('hold', show.showId)
    if (holdId === null) {
      if (current.current.held) forget()
      return
    }
    const hold = await readHold(holdId)
    // Not reachable, or another command is on its way: keep what is shown.
    if (!hold || current.current.saving || savedId('hold', show.showId) !== holdId) return
    const seats = hold.seats.map((id) => fromSeatId(board.house, id)).filter((seat) => seat >= 0)
    if (hold.status === 'held' && hold.untilMs > serverNowMs()) {
      board.setMine(seats)
      update({ held: { holdId, seats, untilMs: hold.untilMs, extended: hold.extended } })
    } else if (hold.status === 'confirmed' && hold.bookingId !== undefined) forget({ kind: 'booked', bookingId: hold.bookingId })
    else if (current.current.held) forget(hold.status === 'released' ? undefined : { kind: 'expired', seats })
    else forget(current.current.note)
  }, [board, forget, show.showId, update])

  useEffect(() => {
    void refresh()
    return onSavedElsewhere('hold', show.showId, () => void refresh())
  }, [refresh, show.showId])

  useEffect(
    () =>
      board.subscribe(({ seats, lost }) => {
        if (lost.length > 0) noteLost(lost)
        const { held, saving } = current.current
        if (!held || saving) return
        const changed = seats === 'all' ? held.seats : held.seats.filter((seat) => seats.includes(seat))
        // Free right after our own answer only means that the live update is still on its way: a change to free or sold is news.
        if (seats !== 'all' && changed.some((seat) => board.serverCode(seat) !== seatCode.held)) void refresh()
      }),
    [board, noteLost, refresh],
  )

  const run = async (
    saving: CartState['saving'],
    send: () => Promise<Answer>,
    done: (answer: Answer) => void,
    refused?: (code: string, details: RefusalDetails) => void,
  ): Promise<void> => {
    if (current.current.saving) return
    update({ saving, note: undefined })
    unanswered.current = false
    try {
      const answer = await send()
      if (answer.receipt.outcome === 'accepted') done(answer)
      else if (answer.receipt.outcome === 'rejected') {
        const { code } = answer.receipt
        update({ note: { kind: 'refused', message: refusalSentence(code, detailsOf(answer.receipt)) } })
        announce(refusalSentence(code, detailsOf(answer.receipt)))
        refused?.(code, detailsOf(answer.receipt))
      } else update({ note: { kind: 'refused', message: 'The box office could not decide this. Nothing was booked; please try again.' } })
    } catch (error) {
      unanswered.current = true
      update({ note: { kind: 'refused', message: `${failureSentence(error)} Nothing is lost: try again.` } })
    } finally {
      update({ saving: undefined })
    }
  }

  const acceptHold = (answer: Answer): readonly number[] => {
    const event = eventOf(answer.receipt, 'SeatsHeld')
    if (!event) return []
    noteFreshDeadline(event.untilMs, show.holdMs, answer.askedAtMs, answer.answeredAtMs)
    const seats = event.seats.map((id) => fromSeatId(board.house, id))
    const held: HeldSeats = { holdId: event.holdId, seats, untilMs: event.untilMs, extended: false }
    saveId('hold', show.showId, event.holdId)
    board.note(seats, seatCode.held)
    board.setMine(seats)
    board.deselect(board.selected)
    const relaxed = relaxedSentence(event.relaxed, event.adjacent)
    update({ held, note: relaxed === undefined ? undefined : { kind: 'relaxed', message: relaxed } })
    announce(`${plural(seats.length, 'seat')} held for you for ${spokenTime(show.holdMs)}.${relaxed === undefined ? '' : ` ${relaxed}`}`)
    return seats
  }

  const holdChosen = (): void => {
    const chosen = board.selected
    const seats = chosen.map((seat) => toSeatId(board.house, seat))
    const data = { showId: show.showId, holdId: crypto.randomUUID(), customerId: customerId(), seats }
    board.setPending(chosen)
    const settle = async (): Promise<void> => {
      await run(
        'hold',
        () => sendCommand('HoldSeats', data),
        acceptHold,
        (code, { seat, seats: taken = seat === undefined ? [] : [seat] }) => {
          if (code !== 'seat-taken') return
          board.note(
            taken.map((id) => fromSeatId(board.house, id)),
            seatCode.held,
          )
          dropTaken()
        },
      )
      board.setPending([])
      if (current.current.held) return
      // No answer at all: the hold may still have happened, so ask before offering anything else.
      if (current.current.note?.kind === 'refused' && unanswered.current) {
        saveId('hold', show.showId, data.holdId)
        await refresh()
      }
      if (!current.current.held) dropTaken()
    }
    void settle()
  }

  /** Takes seats that went meanwhile out of the choice, with a proposal for each. */
  const dropTaken = (): void => {
    const gone = board.selected.filter((seat) => board.serverCode(seat) !== seatCode.free)
    if (gone.length === 0) return
    board.deselect(gone)
    noteLost(gone)
  }

  const holdBest = async (quantity: number, section: string | undefined): Promise<readonly number[]> => {
    let seats: readonly number[] = []
    const data = { showId: show.showId, holdId: crypto.randomUUID(), customerId: customerId(), quantity }
    await run(
      'best',
      () => sendCommand('HoldBestAvailable', section === undefined ? data : { ...data, section }),
      (answer) => {
        seats = acceptHold(answer)
      },
      (code) => code === 'sold-out' && update({ note: { kind: 'sold-out', quantity, section } }),
    )
    return seats
  }

  const extend = (): void => {
    const { held } = current.current
    if (!held) return
    void run(
      'extend',
      () => sendCommand('ExtendHold', { showId: show.showId, holdId: held.holdId }),
      ({ receipt }) => {
        const untilMs = eventOf(receipt, 'HoldExtended')?.untilMs ?? held.untilMs
        update({ held: { ...held, untilMs, extended: true } })
        announce(`You have more time: ${spokenTime(untilMs - serverNowMs())} from now.`)
      },
    )
  }

  const release = (): void => {
    const { held } = current.current
    if (!held) return
    void run(
      'release',
      () => sendCommand('ReleaseHold', { showId: show.showId, holdId: held.holdId }),
      () => {
        board.note(held.seats, seatCode.free)
        forget()
        announce('Your seats are back on sale.')
      },
    )
  }

  const adopt = useCallback(
    (holdId: string): void => {
      const settle = async (): Promise<void> => {
        await refresh()
        if (current.current.held) return
        saveId('hold', show.showId, holdId)
        await refresh()
      }
      void settle()
    },
    [refresh, show.showId],
  )

  const choose = (seats: readonly number[]): void => {
    for (const seat of seats) if (board.code(seat) === seatCode.free) board.select(seat)
    update({ note: undefined })
  }

  const pick = useCallback(
    (seat: number) => {
      const code = board.code(seat)
      const name = seatName(board.house, seat)
      const refuse = (message: string): void => {
        announce(message)
        update({ note: { kind: 'refused', message } })
      }
      if (current.current.saving === 'hold') return
      if (code === seatCode.selected) {
        board.deselect([seat])
        announce(`${name}: no longer chosen. ${plural(board.selected.length, 'seat')} chosen.`)
      } else if (current.current.held) {
        if (code !== seatCode.mine) refuse('You already hold seats for this show. Pay for them, or let them go to choose others.')
      } else if (code !== seatCode.free) {
        refuse(`${name} is ${code === seatCode.sold ? 'sold' : code === seatCode.held ? 'on hold by someone else' : 'not for sale'}.`)
      } else if (board.selected.length >= show.maxSeatsPerCustomer) {
        refuse(refusalSentence('limit-reached', { limit: show.maxSeatsPerCustomer }))
      } else {
        board.select(seat)
        update({ note: undefined })
        announce(`${name}: chosen. ${plural(board.selected.length, 'seat')} chosen.`)
      }
    },
    [board, show.maxSeatsPerCustomer, update],
  )

  return { ...state, pick, holdChosen, holdBest, extend, release, adopt, choose, dismiss: () => update({ note: undefined }) }
}

/** A second tab may ask before the read model has heard of the hold: null is worth a few more questions. */
async function readHold(holdId: string): Promise<Hold | undefined> {
  for (let tries = 0; tries < 4; tries++) {
    const hold = await client.query('hold', { holdId }).catch(() => undefined)
    if (hold !== null) return hold
    await new Promise((resolve) => setTimeout(resolve, 400))
  }
  return undefined
}
