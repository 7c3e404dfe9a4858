/**
 * What the checkouts in a log come to, in money, folded with nothing of the app's own code, and compared with the books of
 * the payment provider. A checkout has events in two partitions, of its show and of its own: they are read in any order.
 */
import type { LogLine } from './log-line.ts'

/** An effect, as the provider has it in its books. */
export interface BookEntry {
  readonly key: string
  readonly kind: string
  readonly amountCents: number
  readonly status: string
  /** How often it was asked for. */
  readonly asked: number
}

export interface Money {
  readonly checkouts: number
  /** What the provider keeps, which is what the seats that were paid for cost. */
  readonly keptCents: number
  /** Charges and refunds that it made or refused. */
  readonly effects: number
  /** Times it was asked for one of them again. */
  readonly repeats: number
}

interface Payment {
  amountCents: number | undefined
  seats: 'open' | 'ended' | 'booked' | 'cancelled' | 'lost'
  money: 'none' | 'requested' | 'captured' | 'declined' | 'unresolved' | 'voided'
  refund: 'none' | 'requested' | 'late' | 'made'
}

/** The data of all these events, as far as it is read here. */
interface EventData {
  readonly bookingId: string
  readonly totalCents?: number
  readonly amountCents?: number
  readonly isPaid?: boolean
}

const SEATS: Readonly<Record<string, Payment['seats']>> = {
  CheckoutStarted: 'open',
  CheckoutEnded: 'ended',
  BookingConfirmed: 'booked',
  BookingCancelled: 'cancelled',
  PaidTooLate: 'lost',
}
const MONEY: Readonly<Record<string, Payment['money']>> = {
  PaymentRequested: 'requested',
  PaymentCaptured: 'captured',
  PaymentDeclined: 'declined',
  PaymentUnresolved: 'unresolved',
  PaymentVoided: 'voided',
}
const REFUND: Readonly<Record<string, Payment['refund']>> = { RefundRequested: 'requested', RefundFailed: 'late', RefundMade: 'made' }
/** Told again each time it is tried. */
const MAY_REPEAT: ReadonlySet<string> = new Set(['RefundRequested', 'RefundFailed'])

/** Events that are a checkout's own, not its show's. */
export const isOfCheckout = (type: string): boolean =>
  Object.hasOwn(MONEY, type) || Object.hasOwn(REFUND, type) || type.startsWith('checkout.')

export class MoneyFold {
  readonly #say: (problem: string) => void
  readonly #payments = new Map<string, Payment>()
  readonly #told = new Set<string>()

  /** `say` is told of every rule that is broken. */
  constructor(say: (problem: string) => void) {
    this.#say = say
  }

  apply({ type, key, data }: LogLine): void {
    const said = data as EventData
    const seats = SEATS[type]
    if (seats !== undefined) {
      // Paid at the box office: no checkout.
      if ((seats === 'booked' || seats === 'cancelled') && said.isPaid !== true) return
      const name = `${key}/${said.bookingId}`
      this.#once(type, name)
      const payment = this.#of(name, said.totalCents)
      payment.seats = seats
      return
    }
    const money = MONEY[type]
    const refund = REFUND[type]
    if (money === undefined && refund === undefined) return
    this.#once(type, key)
    const payment = this.#of(key, said.amountCents)
    if (money !== undefined) payment.money = money
    if (refund !== undefined) payment.refund = refund
  }

  /** Checkouts that have yet to come to their end by themselves. Not those that wait for the provider to be there again. */
  get open(): number {
    return this.#payments.values().reduce((count, payment) => (isOver(payment) || isLate(payment) ? count : count + 1), 0)
  }

  compare(books: readonly BookEntry[]): Money {
    const byKey = new Map(books.map((entry) => [entry.key, entry]))
    if (byKey.size !== books.length) this.#say(`the provider counted ${books.length - byKey.size} effects twice for their key`)
    let keptCents = 0
    for (const [name, payment] of this.#payments) {
      if (isLate(payment)) continue
      if (!isOver(payment)) {
        this.#say(`checkout ${name} never came to an end: seats ${payment.seats}, money ${payment.money}, refund ${payment.refund}`)
        continue
      }
      const charge = byKey.get(chargeKey(name))
      const kept = (charge?.status === 'captured' ? charge.amountCents : 0) - (byKey.get(refundKey(name))?.amountCents ?? 0)
      const owed = payment.seats === 'booked' ? (payment.amountCents ?? 0) : 0
      if (kept !== owed) this.#say(`checkout ${name}: the provider keeps ${kept} cents, the seats that it booked cost ${owed}`)
      keptCents += kept
    }
    const shows = new Set([...this.#payments.keys()].map((name) => name.split('/')[0]))
    for (const { key } of books) {
      const [, showId = '', bookingId = ''] = key.split('/')
      if (shows.has(showId) && !this.#payments.has(`${showId}/${bookingId}`))
        this.#say(`the provider has ${key} in its books, of which the log knows nothing: or are they the books of another log?`)
    }
    const ours = books.filter(({ key }) => this.#payments.has(key.split('/').slice(1, 3).join('/')))
    const repeats = ours.reduce((sum, { asked }) => sum + Math.max(0, asked - 1), 0)
    return { checkouts: this.#payments.size, keptCents, effects: ours.length, repeats }
  }

  #of(name: string, cents: number | undefined): Payment {
    let payment = this.#payments.get(name)
    if (payment === undefined) this.#payments.set(name, (payment = { amountCents: cents, seats: 'open', money: 'none', refund: 'none' }))
    payment.amountCents ??= cents
    if (cents !== undefined && payment.amountCents !== cents)
      this.#say(`checkout ${name} is about ${payment.amountCents ?? 0} cents here and ${cents} there`)
    return payment
  }

  #once(type: string, name: string): void {
    const what = `${type} ${name}`
    if (this.#told.has(what) && !MAY_REPEAT.has(type)) this.#say(`checkout ${name} has two ${type}`)
    this.#told.add(what)
  }
}

const chargeKey = (name: string): string => `tickets/${name}/charge`
const refundKey = (name: string): string => `tickets/${name}/refund`

const isOver = ({ seats, money, refund }: Payment): boolean => {
  if (seats === 'booked') return money === 'captured'
  if (seats === 'ended') return money === 'declined' || money === 'voided'
  return (seats === 'lost' || seats === 'cancelled') && refund === 'made'
}

const isLate = ({ money, refund }: Payment): boolean => money === 'unresolved' || refund === 'late'
