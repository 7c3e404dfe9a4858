/** What a fake payment provider does with the charges that come. */
export const MOODS = {
  card: 'As the card says: approve, decline, be slow or lose the answer',
  approve: 'Approve',
  decline: 'Decline',
  slow: 'Approve, after a while',
  lose: 'Approve, and lose the answer',
  away: 'Answer nothing, do nothing',
} as const

export type Mood = keyof typeof MOODS

export const isMood = (text: unknown): text is Mood => typeof text === 'string' && Object.hasOwn(MOODS, text)

/** The cards that a customer may choose from, and what becomes of a charge to each. */
export const CARDS = {
  'card-approved': 'approve',
  'card-declined': 'decline',
  'card-slow': 'slow',
  'card-answer-lost': 'lose',
} as const satisfies Readonly<Record<string, Mood>>

/** How one charge is to be treated. */
export const moodFor = (mood: Mood, method: string): Exclude<Mood, 'card'> =>
  mood !== 'card' ? mood : Object.hasOwn(CARDS, method) ? CARDS[method as keyof typeof CARDS] : 'approve'
