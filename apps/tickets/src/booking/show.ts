/** A show: who may have which of its seats. Every decision about a seat is made here, by one writer, one after another. */
import { aggregate } from '@millrace/core'
import { blockingDecisions } from './deciding/blocking.ts'
import { bookingDecisions } from './deciding/booking.ts'
import { holdingDecisions } from './deciding/holding.ts'
import { waitingDecisions } from './deciding/waiting.ts'
import { showCommands } from './show-commands.ts'
import { showEvents } from './show-events.ts'
import { showEvolve } from './show-evolve.ts'
import { noShow } from './show-state.ts'

export const show = aggregate('show', {
  commands: showCommands,
  events: showEvents,
  rejections: {
    'show-exists': 'A show of that id is scheduled already.',
    'show-unknown': 'There is no such show.',
    'section-unknown': 'The show has no such section.',
    'seat-unknown': 'The show has no such seat.',
    'seat-taken': 'At least one of the seats is held, sold or blocked: none was taken.',
    'seat-not-blocked': 'At least one of the seats is not blocked: none was given back.',
    'sold-out': 'Fewer seats than that are free.',
    'limit-reached': 'The customer would have more seats than one customer may have.',
    'hold-exists': 'A hold of that id exists or existed.',
    'hold-unknown': 'There is no such hold, or it is over.',
    'hold-expired': 'The time of the hold is over.',
    'extension-used': 'The hold has been extended once, and cannot be again.',
    'payment-pending': 'The hold is being paid for.',
    'booking-exists': 'A booking of that id exists.',
    'booking-unknown': 'There is no such booking, or it is cancelled.',
    'waiter-exists': 'A place on the waiting list of that id exists or existed.',
    'waiter-unknown': 'There is no such place on the waiting list, or it is over.',
    'waiting-already': 'The customer is on the waiting list already.',
    'seats-free': 'So many seats are free: they can be taken at once.',
  },
  internal: ['ExpireHold', 'ConfirmPaid', 'EndCheckout', 'OfferSeats'],
  key: (data) => data.showId,
  initialState: noShow,
  decide: { ...holdingDecisions, ...bookingDecisions, ...blockingDecisions, ...waitingDecisions },
  evolve: showEvolve,
})
