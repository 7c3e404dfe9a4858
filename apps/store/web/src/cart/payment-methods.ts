export interface PaymentMethod {
  readonly id: string
  readonly label: string
  /** What the play provider makes of it. */
  readonly about: string
}

/** Cards to try the store with. Another provider has its own. */
export const PAYMENT_METHODS: readonly PaymentMethod[] = [
  { id: 'card-approved', label: 'A card that pays', about: 'Approved at once' },
  { id: 'card-declined', label: 'A card that is declined', about: 'You can try again with another one' },
  { id: 'card-slow', label: 'A card that takes its time', about: 'The bank needs some seconds; the order waits' },
  {
    id: 'card-answer-lost',
    label: 'A card whose answer is lost',
    about: 'The money is taken, the answer gets lost, and is asked for again',
  },
]
