import type { ReactElement } from 'react'
import { useLive } from '../api/client.ts'
import { OrderLines } from '../orders/order-lines.tsx'
import { Journey, placedOn, StatusLines } from '../orders/order-status.tsx'
import { Timeline } from '../orders/timeline.tsx'
import { UnknownPage } from '../shell/unknown-page.tsx'
import { StaffActions } from './staff-actions.tsx'
import { StaffFrame } from './staff-frame.tsx'

/** One order, as whoever works on it needs it. */
export function StaffOrderPage({ orderId }: { readonly orderId: string }): ReactElement {
  const order = useLive('order', { orderId })
  if (order === undefined) return <div className="page skeleton order-waiting" aria-busy="true" />
  if (order === null) return <UnknownPage what="order" />
  return (
    <StaffFrame title={order.number} current="">
      <p className="hint">
        Placed {placedOn(order.placedAtMs)} by {order.name}, {order.email}
      </p>
      <Journey order={order} />
      <StatusLines order={order} />
      <div className="order-parts">
        <div className="order-main">
          <StaffActions order={order} />
          <OrderLines order={order} title="What was ordered" />
        </div>
        <Timeline steps={order.timeline} />
      </div>
    </StaffFrame>
  )
}
