import type { ReactElement } from 'react'
import { formatMoney } from 'app-kit/web/shell/format.ts'
import type { Order } from '../api/client.ts'
import { nameOf } from './order-words.ts'

interface OrderLinesProps {
  readonly order: Order
  readonly title: string
}

export function OrderLines({ order, title }: OrderLinesProps): ReactElement {
  const { lines, totalCents, parcels, refundedCents, address, name } = order
  return (
    <section className="panel order-goods" aria-labelledby="goods-title">
      <h2 id="goods-title">{title}</h2>
      <ul className="goods">
        {lines.map((line) => (
          <li key={line.productId}>
            <span>
              {line.quantity} × {nameOf(order, line.productId)}
            </span>
            <span>{formatMoney((line.priceCents ?? line.agreedPriceCents) * line.quantity)}</span>
          </li>
        ))}
      </ul>
      <dl className="totals">
        <dt className="total">Total</dt>
        <dd className="total">{formatMoney(totalCents ?? lines.reduce((sum, line) => sum + line.agreedPriceCents * line.quantity, 0))}</dd>
        {refundedCents > 0 && (
          <>
            <dt>Given back</dt>
            <dd>{formatMoney(refundedCents)}</dd>
          </>
        )}
      </dl>
      {parcels.length > 0 && (
        <ul className="parcels" aria-label="Parcels">
          {parcels.map(({ parcelId, lines: packed, status, carrier, tracking }, at) => (
            <li key={parcelId}>
              <strong>
                Parcel {at + 1} of {parcels.length}: {status === 'packed' ? 'packed' : status === 'shipped' ? 'on its way' : 'delivered'}
              </strong>
              <span className="hint">
                {packed.map(({ productId, quantity }) => `${quantity} × ${nameOf(order, productId)}`).join(', ')}
                {carrier !== undefined && ` · ${carrier}, tracking number ${tracking ?? ''}`}
              </span>
            </li>
          ))}
        </ul>
      )}
      <address className="hint">
        {name}, {address.street}, {address.postcode} {address.city}, {address.country}
      </address>
    </section>
  )
}
