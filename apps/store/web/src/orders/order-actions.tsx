import { useState, type ReactElement } from 'react'
import { CardChoice } from 'app-kit/web/payment/card-choice.tsx'
import { CARDS } from 'app-kit/web/payment/cards.ts'
import { Notice } from 'app-kit/web/shell/page.tsx'
import { sendCommand, type Order } from '../api/client.ts'
import { addPieces } from '../cart/cart-store.ts'
import { announced } from './announced.ts'
import { PayBy } from './pay-by.tsx'
import { refusalWords } from './refusals.ts'
import { ReturnForm } from './return-form.tsx'
import { useAction } from './use-action.ts'

/** What the customer can do with an order as it stands. */
export function OrderActions({ order }: { readonly order: Order }): ReactElement {
  const canPay = order.order === 'pending' && (order.payment === 'declined' || order.payment === 'unresolved')
  const canCancel = order.order === 'pending' || (order.order === 'confirmed' && order.parcels.length === 0)
  const canReturn = order.lines.some(({ productId, delivered }) => delivered > announced(order, productId))
  return (
    <>
      {order.order === 'pending' && <PayBy untilMs={order.payUntilMs} />}
      {canPay && <PayAgain order={order} />}
      {canReturn && <ReturnForm order={order} />}
      {order.order === 'cancelled' && <BackToCart order={order} />}
      {canCancel && <Cancel orderId={order.orderId} />}
    </>
  )
}

function PayAgain({ order: { orderId } }: { readonly order: Order }): ReactElement {
  const [method, setMethod] = useState(CARDS[0]!.id)
  const { isBusy, problem, run } = useAction(refusalWords)
  const pay = (): void => {
    if (!isBusy) void run(() => sendCommand('RetryPayment', { orderId, paymentMethod: method }), 'The payment is on its way.')
  }
  return (
    <div className="panel pay-again">
      <CardChoice value={method} choose={setMethod} />
      {problem !== undefined && (
        <Notice tone="bad" role="alert">
          {problem}
        </Notice>
      )}
      <button type="button" className="button button-primary" aria-disabled={isBusy} onClick={pay}>
        Pay now
      </button>
    </div>
  )
}

function Cancel({ orderId }: { readonly orderId: string }): ReactElement {
  const { isBusy, problem, run } = useAction(refusalWords)
  const cancel = (): void => {
    if (!isBusy) void run(() => sendCommand('CancelOrder', { orderId }), 'The order is cancelled.')
  }
  return (
    <div className="order-cancel">
      {problem !== undefined && (
        <Notice tone="bad" role="alert">
          {problem}
        </Notice>
      )}
      <button type="button" className="button button-danger" aria-disabled={isBusy} onClick={cancel}>
        Cancel this order
      </button>
    </div>
  )
}

function BackToCart({ order: { lines, cancelled } }: { readonly order: Order }): ReactElement {
  const others = lines.filter(({ productId }) => cancelled?.reason !== 'out-of-stock' || productId !== cancelled.productId)
  const putBack = (): void => {
    for (const { productId, quantity } of others) addPieces(productId, quantity)
    window.location.hash = '#/cart'
  }
  if (others.length === 0)
    return (
      <a className="button button-primary" href="#/">
        Back to the shop
      </a>
    )
  return (
    <button type="button" className="button button-primary" onClick={putBack}>
      {others.length < lines.length ? 'Put the rest back into the cart' : 'Put it all back into the cart'}
    </button>
  )
}
