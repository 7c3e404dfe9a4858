import { useRef, useState, type SubmitEvent, type ReactElement } from 'react'
import { formatMoney } from 'app-kit/web/shell/format.ts'
import { CardChoice } from 'app-kit/web/payment/card-choice.tsx'
import { CARDS } from 'app-kit/web/payment/cards.ts'
import { Notice } from 'app-kit/web/shell/page.tsx'
import { placeOrder } from '../orders/pending-orders.ts'
import { customerId, newId } from '../shell/identity.ts'
import { orderLink } from '../shell/router.ts'
import type { CartLine } from './cart-line.ts'
import { emptyCart } from './cart-store.ts'
import { EXAMPLE, FIELDS, keepDetails, knownDetails, problemsOf, type Details, type Field } from './details.ts'

/** How long the goods wait for the payment, where it is not at once. */
const LIMITS = [
  { label: '30 minutes', ms: 1_800_000 },
  { label: '20 seconds, to see it run out', ms: 20_000 },
]

export function CheckoutForm({ lines, totalCents }: { readonly lines: readonly CartLine[]; readonly totalCents: number }): ReactElement {
  const [details, setDetails] = useState(knownDetails)
  const [method, setMethod] = useState(CARDS[0]!.id)
  const [payWithinMs, setPayWithinMs] = useState(LIMITS[0]!.ms)
  const [problems, setProblems] = useState<Partial<Record<Field, string>>>({})
  const form = useRef<HTMLFormElement>(null)
  const tooFew = lines.filter(({ product, pieces }) => pieces > product.available)

  const set = (field: Field, value: string): void => {
    setDetails({ ...details, [field]: value })
    setProblems({ ...problems, [field]: undefined })
  }

  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const found = problemsOf(details)
    setProblems(found)
    const first = FIELDS.find(({ field }) => found[field] !== undefined)
    if (first !== undefined) {
      form.current?.querySelector<HTMLInputElement>(`#checkout-${first.field}`)?.focus()
      return
    }
    if (tooFew.length > 0) return
    keepDetails(details)
    const { name, email, ...address } = details
    const orderId = newId()
    void placeOrder(
      {
        orderId,
        customerId: customerId(),
        email: email.trim(),
        name,
        address,
        lines: lines.map(({ product, pieces }) => ({
          productId: product.productId,
          quantity: pieces,
          agreedPriceCents: product.priceCents,
        })),
        paymentMethod: method,
        payWithinMs,
      },
      totalCents,
    )
    emptyCart()
    window.location.hash = orderLink(orderId)
  }

  return (
    <form ref={form} className="panel checkout" aria-label="Checkout" noValidate onSubmit={submit}>
      <div className="checkout-head">
        <h2>Checkout</h2>
        <button type="button" className="link-button" onClick={() => fillIn(setDetails, setProblems)}>
          Fill in an example
        </button>
      </div>
      <div className="checkout-fields">
        {FIELDS.map(({ field, label, autoComplete }) => (
          <div key={field} className={`field field-${field}`}>
            <label htmlFor={`checkout-${field}`}>{label}</label>
            <input
              id={`checkout-${field}`}
              type={field === 'email' ? 'email' : 'text'}
              autoComplete={autoComplete}
              value={details[field]}
              aria-invalid={problems[field] !== undefined}
              aria-describedby={problems[field] === undefined ? undefined : `checkout-${field}-problem`}
              onChange={(event) => set(field, event.target.value)}
            />
            {problems[field] !== undefined && (
              <p id={`checkout-${field}-problem`} className="field-error">
                {problems[field]}
              </p>
            )}
          </div>
        ))}
      </div>
      <CardChoice value={method} choose={setMethod} />
      <div className="field">
        <label htmlFor="checkout-limit">Your goods wait for the payment</label>
        <select id="checkout-limit" value={payWithinMs} onChange={(event) => setPayWithinMs(Number(event.target.value))}>
          {LIMITS.map(({ label, ms }) => (
            <option key={ms} value={ms}>
              {label}
            </option>
          ))}
        </select>
      </div>
      {tooFew.length > 0 && (
        <Notice tone="bad" role="alert">
          {tooFew.map(({ product: { name, available } }) =>
            available <= 0 ? `${name} is sold out. ` : `Of ${name}, only ${available} are left. `,
          )}
          Please take some out.
        </Notice>
      )}
      <button type="submit" className="button button-primary button-wide" aria-disabled={tooFew.length > 0}>
        Order and pay {formatMoney(totalCents)}
      </button>
      <p className="hint">You pay these prices, or nothing: should one rise meanwhile, we ask you first.</p>
    </form>
  )
}

function fillIn(setDetails: (details: Details) => void, setProblems: (problems: object) => void): void {
  setDetails(EXAMPLE)
  setProblems({})
}
