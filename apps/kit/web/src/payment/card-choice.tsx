import { useId, type ReactElement } from 'react'
import { CARDS } from './cards.ts'
import './card-choice.css'

/** Which card to pay with, as radio buttons. */
export function CardChoice({ value, choose }: { readonly value: string; choose(id: string): void }): ReactElement {
  const name = useId()
  return (
    <fieldset className="choices">
      <legend>Pay with</legend>
      {CARDS.map(({ id, label, about }) => (
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
