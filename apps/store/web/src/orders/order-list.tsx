import type { ReactElement, ReactNode } from 'react'
import { formatMoney } from 'app-kit/web/shell/format.ts'
import type { OrderRow } from '../api/client.ts'
import { placedOn, StatusLines } from './order-status.tsx'
import { nameOf } from './order-words.ts'

interface OrderListProps {
  readonly orders: readonly OrderRow[]
  readonly linkTo: (orderId: string) => string
  /** Rows before the others, such as those that are being saved. */
  readonly first?: ReactNode
}

export function OrderList({ orders, linkTo, first }: OrderListProps): ReactElement {
  return (
    <ul className="order-list">
      {first}
      {orders.map((order) => (
        <li key={order.orderId} className="order-row">
          <div>
            <a href={linkTo(order.orderId)}>{order.number}</a>
            <span className="hint">{placedOn(order.placedAtMs)}</span>
          </div>
          <p className="order-row-goods">
            {order.lines.map(({ productId, quantity }) => `${quantity} × ${nameOf({ lines: order.lines as never }, productId)}`).join(', ')}
          </p>
          <StatusLines order={order} />
          <p className="order-row-total">{order.totalCents === undefined ? '' : formatMoney(order.totalCents)}</p>
        </li>
      ))}
    </ul>
  )
}
