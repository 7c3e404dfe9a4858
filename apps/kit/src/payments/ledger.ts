/** The books of a payment provider: what was done for each key, and how often it was asked for. */
import type { Charge, ChargeAnswer, Refund } from './payment-provider.ts'

export interface Entry {
  readonly key: string
  readonly kind: 'charge' | 'refund'
  readonly amountCents: number
  /** What came of it: money moved with `captured`, `refunded`, and back with `voided` where it had been captured. */
  readonly status: 'captured' | 'declined' | 'voided' | 'refunded'
  readonly wasCaptured: boolean
  /** Of a refund: the charge that it gives back of. */
  readonly chargeKey?: string | undefined
  readonly method?: string | undefined
  /** How often the key was sent: the effect is one all the same. */
  readonly asked: number
}

/** The call makes no sense, and never will: a key used for something else, more given back than was taken. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError'
  readonly retriable = false
}

export interface Ledger {
  /** `decide` is asked the first time only. */
  charge(charge: Charge, decide: () => ChargeAnswer): ChargeAnswer
  voidCharge(key: string): { readonly wasCaptured: boolean }
  refund(refund: Refund): void
  get(key: string): Entry | undefined
  /** Latest first. */
  entries(): readonly Entry[]
  /** Taken and not given back, in cents. */
  balanceCents(): number
}

/** `onChange` is told each entry as it is now, to keep it; `known` are those that were kept. */
export function createLedger(onChange: (entry: Entry) => void = () => undefined, known: readonly Entry[] = []): Ledger {
  const byKey = new Map(known.map((entry) => [entry.key, entry]))

  const set = (entry: Entry): void => {
    byKey.set(entry.key, entry)
    onChange(entry)
  }
  /** The entry of that key, asked for once more. */
  const again = (key: string, kind: Entry['kind'], amountCents: number): Entry | undefined => {
    const entry = byKey.get(key)
    if (entry === undefined) return undefined
    if (entry.kind !== kind || (entry.amountCents !== amountCents && entry.status !== 'voided'))
      throw new LedgerError(`the key '${key}' was used for something else: a ${entry.kind} of ${entry.amountCents}`)
    const asked = { ...entry, asked: entry.asked + 1 }
    set(asked)
    return asked
  }
  const refundedCents = (chargeKey: string): number =>
    [...byKey.values()].reduce((sum, entry) => (entry.chargeKey === chargeKey ? sum + entry.amountCents : sum), 0)

  return {
    charge({ key, amountCents, method }, decide) {
      const entry = again(key, 'charge', amountCents)
      if (entry !== undefined) return toAnswer(entry)
      const answer = decide()
      const wasCaptured = answer.status === 'approved'
      set({ key, kind: 'charge', amountCents, method, status: wasCaptured ? 'captured' : 'declined', wasCaptured, asked: 1 })
      return answer
    },
    voidCharge(key) {
      const entry = byKey.get(key) ?? { key, kind: 'charge', amountCents: 0, status: 'declined', wasCaptured: false, asked: 0 }
      if (refundedCents(key) > 0) throw new LedgerError(`the charge '${key}' is refunded already`)
      set({ ...entry, status: 'voided', asked: entry.asked + 1 })
      return { wasCaptured: entry.wasCaptured }
    },
    refund({ key, chargeKey, amountCents }) {
      if (again(key, 'refund', amountCents) !== undefined) return
      const charge = byKey.get(chargeKey)
      const leftCents = charge?.status === 'captured' ? charge.amountCents - refundedCents(chargeKey) : 0
      if (amountCents > leftCents) throw new LedgerError(`'${chargeKey}' has ${leftCents} left to give back, not ${amountCents}`)
      set({ key, kind: 'refund', amountCents, chargeKey, status: 'refunded', wasCaptured: false, asked: 1 })
    },
    get: (key) => byKey.get(key),
    entries: () => [...byKey.values()].reverse(),
    balanceCents: () => [...byKey.values()].reduce((sum, entry) => sum + movedCents(entry), 0),
  }
}

const toAnswer = ({ status }: Entry): ChargeAnswer =>
  status === 'captured' ? { status: 'approved' } : { status: 'declined', reason: status === 'voided' ? 'voided' : 'the card was declined' }

const movedCents = ({ status, amountCents }: Entry): number =>
  status === 'captured' ? amountCents : status === 'refunded' ? -amountCents : 0
