import type { ReactElement } from 'react'
import { formatMoney } from 'app-kit/web/shell/format.ts'
import { PageTitle } from 'app-kit/web/shell/page.tsx'
import { useLive } from '../api/client.ts'
import { customerId } from '../shell/identity.ts'
import { orderLink } from '../shell/router.ts'
import { OrderList } from './order-list.tsx'
import { usePendingOrders } from './pending-orders.ts'
import './orders.css'

export function MyOrdersPage(): ReactElement {
  const orders = useLive('ordersOf', { customerId: customerId() })
  const known = new Set(orders?.map(({ orderId }) => orderId))
  const pending = Object.values(usePendingOrders()).filter(({ data }) => !known.has(data.orderId))
  if (orders === undefined && pending.length === 0) return <div className="page skeleton order-waiting" aria-busy="true" />
  if (orders?.length === 0 && pending.length === 0)
    return (
      <div className="page">
        <div className="empty-state">
          <PageTitle title="No orders yet" className="empty-title" />
          <p>
            What you order in this browser stands here. For an order from elsewhere, <a href="#/look-up">look it up</a>.
          </p>
          <a className="button button-primary" href="#/">
            To the shop
          </a>
        </div>
      </div>
    )
  return (
    <div className="page">
      <PageTitle title="My orders" />
      <OrderList
        orders={orders ?? []}
        linkTo={orderLink}
        first={pending.map(({ data, totalCents, status }) => (
          <li key={data.orderId} className="order-row" aria-busy={status === 'saving'}>
            <div>
              <a href={orderLink(data.orderId)}>Your latest order</a>
              <span className={`status status-${status === 'saving' ? 'waiting' : 'bad'}`}>
                {status === 'saving' ? 'Saving' : 'Not placed'}
              </span>
            </div>
            <p className="order-row-total">{formatMoney(totalCents)}</p>
          </li>
        ))}
      />
      <p className="hint">
        An order from another browser? <a href="#/look-up">Find it by its number</a>.
      </p>
    </div>
  )
}
