import type { ReactElement } from 'react'
import { announce } from 'app-kit/web/announce/announcer.tsx'
import { formatMoney } from 'app-kit/web/shell/format.ts'
import type { Product } from '../api/client.ts'
import { addPieces, MOST_PIECES } from '../cart/cart-store.ts'
import { ProductPicture } from '../pictures/product-picture.tsx'
import { stockHint } from './stock-hint.ts'

export function ProductCard({ product, inCart }: { readonly product: Product; readonly inCart: number }): ReactElement {
  const { productId, name, description, picture, category, priceCents, available } = product
  const left = Math.min(available, MOST_PIECES) - inCart
  const add = (): void => {
    if (left <= 0) return
    addPieces(productId, 1)
    announce(`${name} is in your cart.`)
  }
  const hint = stockHint(available, inCart)
  return (
    <article className="product" data-sold-out={available <= 0 || undefined}>
      <ProductPicture picture={picture} category={category} />
      <div className="product-text">
        <h2>{name}</h2>
        <p className="product-about">{description}</p>
      </div>
      <p className="product-price">{formatMoney(priceCents)}</p>
      <p className={`product-stock stock-${hint.tone}`}>{hint.text}</p>
      <button type="button" className="button product-add" aria-disabled={left <= 0} onClick={add}>
        <span>
          {inCart === 0 ? 'Add to cart' : `In cart: ${inCart}`}
          <span className="visually-hidden">, {name}</span>
          {inCart > 0 && left > 0 && <span aria-hidden="true"> +</span>}
        </span>
      </button>
    </article>
  )
}
