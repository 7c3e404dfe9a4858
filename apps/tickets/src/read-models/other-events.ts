import { ignore } from '@millrace/core'

/** Events of a show after which all its seats are as they were. */
export const seatsAsTheyWere = {
  CheckoutStarted: ignore,
  CheckoutEnded: ignore,
  PaidTooLate: ignore,
  WaitingListJoined: ignore,
  WaitingListLeft: ignore,
}
