import type { ReactElement } from 'react'
import { PAYMENT_METHODS } from './payment-methods.ts'

/** Which card to pay with, as radio buttons. `name` is unique on the page. */
export function PaymentChoice({ name, value, choose }: { name: string; value: string; choose(id: string): void }): ReactElement {
  return (
    <fieldset className="choices">
      <legend>Pay with</legend>
      {PAYMENT_METHODS.map(({ id, label, about }) => (
        <label key={id} className="choice">
          <input type="radio" name={name} value={id} checked={value === id} onChange={() => choose(id)} />
          <span>
            <strong>{label}</strong>
            <span className="hint">{about}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
