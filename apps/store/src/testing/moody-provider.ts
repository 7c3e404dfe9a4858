import type { Ledger, PaymentProvider } from 'app-kit/payments'
import type { Random } from 'app-kit/random'

/** Approves, declines, loses answers, and is away for a while. */
export function moodyProvider(ledger: Ledger, random: Random): PaymentProvider {
  const lose = <T>(answer: T, chance: number): T => {
    if (random.next() < chance) throw new Error('the connection was lost')
    return answer
  }
  return {
    charge: async (charge) => {
      lose(0, 0.25)
      const answer = ledger.charge(charge, () =>
        random.next() < 0.65 ? { status: 'approved' } : { status: 'declined', reason: 'the card was declined' },
      )
      return lose(answer, 0.4)
    },
    voidCharge: async ({ key }) => lose(ledger.voidCharge(key), 0.3),
    refund: async (refund) => {
      lose(0, 0.2)
      ledger.refund(refund)
      lose(0, 0.3)
    },
  }
}
