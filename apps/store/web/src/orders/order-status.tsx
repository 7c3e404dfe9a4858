import type { ReactElement } from 'react'
import type { Order, OrderRow } from '../api/client.ts'
import { formatClock, formatDayOf } from './format-time.ts'
import { toJourney } from './journey.ts'
import { fulfilmentWord, orderWord, paymentWord, type StatusWord } from './order-words.ts'

/** Order, payment and delivery: three lines that go their own ways. */
export function StatusLines({ order }: { readonly order: Pick<OrderRow, 'order' | 'payment' | 'fulfilment'> }): ReactElement {
  return (
    <dl className="status-lines">
      <StatusLine name="Order" word={orderWord(order)} />
      <StatusLine name="Payment" word={paymentWord(order)} />
      <StatusLine name="Delivery" word={fulfilmentWord(order)} />
    </dl>
  )
}

function StatusLine({ name, word: { text, tone } }: { readonly name: string; readonly word: StatusWord }): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={`status status-${tone}`}>{text}</dd>
    </div>
  )
}

export function Journey({ order }: { readonly order: Order }): ReactElement {
  return (
    <ol className="journey" aria-label="How far it has come">
      {toJourney(order).map(({ label, atMs, state }) => (
        <li key={label} className={`stage stage-${state}`} aria-current={state === 'current' ? 'step' : undefined}>
          <span className="stage-mark" aria-hidden="true" />
          <span className="stage-label">{label}</span>
          <span className="stage-time">
            {atMs === undefined ? state === 'current' && 'next' : <time dateTime={new Date(atMs).toISOString()}>{formatClock(atMs)}</time>}
          </span>
        </li>
      ))}
    </ol>
  )
}

export const placedOn = (ms: number): string => `${formatDayOf(ms)}, ${formatClock(ms)}`
