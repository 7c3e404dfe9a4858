import type { ReactElement } from 'react'

/** How much of the house is left, as water in a channel. The number stands beside it, so it is hidden from readers. */
export function WaterGauge({ free, capacity }: { readonly free: number; readonly capacity: number }): ReactElement {
  const share = capacity === 0 ? 0 : free / capacity
  return (
    <div className="gauge" aria-hidden="true">
      <div className={share < 0.12 ? 'gauge-water gauge-low' : 'gauge-water'} style={{ transform: `scaleX(${share})` }} />
    </div>
  )
}
