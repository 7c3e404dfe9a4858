import type { ReactElement } from 'react'
import { announce } from 'app-kit/web/announce/announcer.tsx'
import { MOST_PIECES } from './cart-store.ts'

interface QuantityProps {
  readonly name: string
  readonly pieces: number
  readonly most: number
  set(pieces: number): void
}

/** Fewer and more; fewer than one takes it out. */
export function Quantity({ name, pieces, most, set }: QuantityProps): ReactElement {
  const change = (to: number): void => {
    if (to > Math.min(most, MOST_PIECES) && to > pieces) return
    set(to)
    announce(to === 0 ? `${name} is out of the cart.` : `${name}: ${to}.`)
  }
  return (
    <div className="quantity" role="group" aria-label={`How many: ${name}`}>
      <button
        type="button"
        className="icon-button"
        aria-label={pieces === 1 ? `Take ${name} out of the cart` : `One ${name} less`}
        onClick={() => change(pieces - 1)}
      >
        {pieces === 1 ? '×' : '−'}
      </button>
      <span aria-hidden="true">{pieces}</span>
      <button
        type="button"
        className="icon-button"
        aria-label={`One ${name} more`}
        aria-disabled={pieces >= Math.min(most, MOST_PIECES)}
        onClick={() => change(pieces + 1)}
      >
        +
      </button>
    </div>
  )
}
