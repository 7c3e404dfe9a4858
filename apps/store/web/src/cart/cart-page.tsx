import type { ReactElement } from 'react'
import { formatMoney, plural } from 'app-kit/web/shell/format.ts'
import { PageTitle } from 'app-kit/web/shell/page.tsx'
import { useLive } from '../api/client.ts'
import { ProductPicture } from '../pictures/product-picture.tsx'
import { stockHint } from '../shop/stock-hint.ts'
import type { CartLine } from './cart-line.ts'
import { setPieces, useCart } from './cart-store.ts'
import { CheckoutForm } from './checkout-form.tsx'
import { Quantity } from './quantity.tsx'
import './cart.css'

export function CartPage(): ReactElement {
  const cart = useCart()
  const products = useLive('catalogue', {})
  if (Object.keys(cart).length === 0) return <EmptyCart />
  if (products === undefined) return <div className="page skeleton cart-waiting" aria-busy="true" />
  const lines = products.map((product) => ({ product, pieces: cart[product.productId] ?? 0 })).filter(({ pieces }) => pieces > 0)
  if (lines.length === 0) return <EmptyCart />
  const totalCents = lines.reduce((sum, { product, pieces }) => sum + product.priceCents * pieces, 0)
  return (
    <div className="page">
      <PageTitle title="Your cart" />
      <div className="cart">
        <section aria-label="What you chose">
          <ul className="cart-lines">
            {lines.map((line) => (
              <CartRow key={line.product.productId} line={line} />
            ))}
          </ul>
          <dl className="totals">
            <dt>
              {plural(
                lines.reduce((sum, { pieces }) => sum + pieces, 0),
                'piece',
              )}
            </dt>
            <dd>{formatMoney(totalCents)}</dd>
            <dt>Delivery</dt>
            <dd>Free</dd>
            <dt className="total">Total</dt>
            <dd className="total">{formatMoney(totalCents)}</dd>
          </dl>
        </section>
        <CheckoutForm lines={lines} totalCents={totalCents} />
      </div>
    </div>
  )
}

function EmptyCart(): ReactElement {
  return (
    <div className="page">
      <div className="empty-state">
        <PageTitle title="Your cart is empty" className="empty-title" />
        <p>What you choose waits here, in this browser.</p>
        <a className="button button-primary" href="#/">
          To the shop
        </a>
      </div>
    </div>
  )
}

function CartRow({ line: { product, pieces } }: { readonly line: CartLine }): ReactElement {
  const { productId, name, picture, category, priceCents, available } = product
  const hint = stockHint(available, pieces)
  return (
    <li className="cart-line">
      <ProductPicture picture={picture} category={category} small />
      <div className="cart-line-text">
        <h2>{name}</h2>
        <p className="hint">{formatMoney(priceCents)} each</p>
        {hint.tone !== 'plenty' && <p className={`product-stock stock-${hint.tone}`}>{hint.text}</p>}
      </div>
      <Quantity name={name} pieces={pieces} most={Math.max(available, 1)} set={(next) => setPieces(productId, next)} />
      <p className="cart-line-price">{formatMoney(priceCents * pieces)}</p>
    </li>
  )
}
