import { useEffect, useRef, type ReactElement } from 'react'
import { announce } from 'app-kit/web/announce/announcer.tsx'
import { formatMoney } from 'app-kit/web/shell/format.ts'
import { PageTitle } from 'app-kit/web/shell/page.tsx'
import { useLive, type Order } from '../api/client.ts'
import { UnknownPage } from '../shell/unknown-page.tsx'
import { OrderActions } from './order-actions.tsx'
import { OrderLines } from './order-lines.tsx'
import { Journey, placedOn, StatusLines } from './order-status.tsx'
import { whatNext } from './order-words.ts'
import { forgetPending, placeOrder, usePendingOrders, type PendingOrder } from './pending-orders.ts'
import { Timeline } from './timeline.tsx'
import './orders.css'

export function OrderPage({ orderId }: { readonly orderId: string }): ReactElement {
  const order = useLive('order', { orderId })
  const pending = usePendingOrders()[orderId]
  const isKnown = order !== undefined && order !== null
  useEffect(() => {
    if (isKnown) forgetPending(orderId)
  }, [isKnown, orderId])
  if (isKnown) return <OrderView order={order} />
  if (pending !== undefined) return <PendingView pending={pending} />
  if (order === undefined) return <div className="page skeleton order-waiting" aria-busy="true" />
  return <UnknownPage what="order" />
}

function OrderView({ order }: { readonly order: Order }): ReactElement {
  const { title, text } = whatNext(order)
  const told = useRef(title)
  useEffect(() => {
    if (told.current !== title) announce(`${title}. ${text}`)
    told.current = title
  }, [title, text])
  return (
    <div className="page order-page">
      <div className="order-head">
        <p className="order-number">
          Order <strong>{order.number}</strong>
          <span className="hint">placed {placedOn(order.placedAtMs)}</span>
        </p>
        <PageTitle title={`Order ${order.number}`}>{title}</PageTitle>
        <p className="order-next">{text}</p>
      </div>
      <Journey order={order} />
      <StatusLines order={order} />
      <div className="order-parts">
        <div className="order-main">
          <OrderActions order={order} />
          <OrderLines order={order} title="What you ordered" />
          <p className="hint">
            Keep the number and your e-mail address ({order.email}): with both you <a href="#/look-up">find this page</a> again.
          </p>
        </div>
        <Timeline steps={order.timeline} />
      </div>
    </div>
  )
}

/** Shown at once, before the server has said a word. */
function PendingView({ pending: { data, totalCents, status, message } }: { readonly pending: PendingOrder }): ReactElement {
  return (
    <div className="page order-page">
      <div className="order-head" aria-busy={status === 'saving'}>
        <p className="order-number">
          <span className={`status status-${status === 'saving' ? 'waiting' : 'bad'}`}>
            {status === 'saving' ? 'Saving' : 'Not placed'}
          </span>
        </p>
        <PageTitle title="Your order">{status === 'saving' ? 'Placing your order' : 'Your order did not reach us'}</PageTitle>
        <p className="order-next">
          {data.lines.length === 1 ? 'One product' : `${data.lines.length} products`}, {formatMoney(totalCents)}.
          {status === 'failed' && ` ${message ?? ''} Nothing was charged; trying again places it once.`}
        </p>
        {status === 'failed' && (
          <button type="button" className="button button-primary" onClick={() => void placeOrder(data, totalCents)}>
            Try again
          </button>
        )}
      </div>
    </div>
  )
}
