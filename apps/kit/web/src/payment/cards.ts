export interface Card {
  readonly id: string
  readonly label: string
  /** What the play provider makes of it. */
  readonly about: string
}

/** Cards to try a shop with: the play provider knows them. Another provider has its own. */
export const CARDS: readonly Card[] = [
  { id: 'card-approved', label: 'A card that pays', about: 'Approved at once' },
  { id: 'card-declined', label: 'A card that is declined', about: 'You can then choose another one' },
  { id: 'card-slow', label: 'A card that takes its time', about: 'The bank needs some seconds' },
  { id: 'card-answer-lost', label: 'A card whose answer is lost', about: 'Paid, but we don’t hear of it, and ask again' },
]
