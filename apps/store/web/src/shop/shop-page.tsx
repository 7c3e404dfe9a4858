import { useState, type ReactElement } from 'react'
import { PageTitle } from 'app-kit/web/shell/page.tsx'
import { plural } from 'app-kit/web/shell/format.ts'
import { useLive, type Product } from '../api/client.ts'
import { useCart } from '../cart/cart-store.ts'
import { ProductCard } from './product-card.tsx'
import './shop.css'

export function ShopPage(): ReactElement {
  const products = useLive('catalogue', {})
  const cart = useCart()
  const [category, setCategory] = useState<string>()
  const [text, setText] = useState('')
  const categories = [...new Set(products?.map((product) => product.category))]
  const shown = products?.filter((product) => (category === undefined || product.category === category) && matches(product, text))
  return (
    <div className="page">
      <div className="shop-head">
        <PageTitle title="Things that last" />
        <p>Made in the valley, sent from the mill. What is on the shelf is live: what you see is there.</p>
      </div>
      <div className="shop-filter" role="search">
        <div className="chips" role="group" aria-label="Department">
          <Chip label="All" isOn={category === undefined} choose={() => setCategory(undefined)} />
          {categories.map((each) => (
            <Chip key={each} label={each} isOn={category === each} choose={() => setCategory(each)} />
          ))}
        </div>
        <div className="field shop-search">
          <label htmlFor="shop-search" className="visually-hidden">
            Search the shop
          </label>
          <input
            id="shop-search"
            type="search"
            placeholder="Search the shop"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
        <p className="visually-hidden" role="status">
          {shown && plural(shown.length, 'product')}
        </p>
      </div>
      {shown?.length === 0 ? (
        <p className="shop-none">Nothing of that name is on the shelves.</p>
      ) : (
        <ul className="shelf" aria-busy={!shown}>
          {shown
            ? shown.map((product) => (
                <li key={product.productId}>
                  <ProductCard product={product} inCart={cart[product.productId] ?? 0} />
                </li>
              ))
            : Array.from({ length: 8 }, (_, at) => <li key={at} className="product skeleton" />)}
        </ul>
      )}
    </div>
  )
}

const matches = ({ name, description, category }: Product, text: string): boolean =>
  `${name} ${description} ${category}`.toLowerCase().includes(text.trim().toLowerCase())

function Chip({ label, isOn, choose }: { label: string; isOn: boolean; choose(): void }): ReactElement {
  return (
    <button type="button" className="chip" aria-pressed={isOn} onClick={choose}>
      {label}
    </button>
  )
}
