import { useState, type ReactElement } from 'react'
import { FailedState } from 'app-kit/web/shell/page.tsx'
import { useLive, useQuery } from '../api/client.ts'
import { OrderList } from '../orders/order-list.tsx'
import { FULFILMENT_WORDS, ORDER_WORDS, PAYMENT_WORDS } from '../orders/order-words.ts'
import { staffOrderLink } from '../shell/router.ts'
import { StaffFrame } from './staff-frame.tsx'

/** What the form says; an empty field does not matter. */
interface Asked {
  readonly number: string
  readonly email: string
  readonly productId: string
  readonly order: string
  readonly payment: string
  readonly fulfilment: string
  readonly from: string
  readonly to: string
}

const NOTHING: Asked = { number: '', email: '', productId: '', order: '', payment: '', fulfilment: '', from: '', to: '' }

export function SearchPage(): ReactElement {
  const [asked, setAsked] = useState(NOTHING)
  const [pages, setPages] = useState<readonly string[]>([])
  const products = useLive('catalogue', {}) ?? []
  const set = (part: Partial<Asked>): void => {
    setAsked({ ...asked, ...part })
    setPages([])
  }
  const choices = (words: Readonly<Record<string, readonly [string, unknown]>>): readonly (readonly [string, string])[] =>
    Object.entries(words).map(([value, [label]]) => [value, label])
  return (
    <StaffFrame title="All orders" current="#/staff/orders">
      <form className="search-form" role="search" aria-label="Orders" onSubmit={(event) => event.preventDefault()}>
        <Text id="number" label="Number" value={asked.number} set={(number) => set({ number })} placeholder="MR-4K7Q-9XWD" />
        <Text id="email" label="E-mail address" value={asked.email} set={(email) => set({ email })} />
        <Choice
          id="product"
          label="Product"
          value={asked.productId}
          set={(productId) => set({ productId })}
          choices={products.map(({ productId, name }) => [productId, name])}
        />
        <Choice id="order" label="Order" value={asked.order} set={(order) => set({ order })} choices={choices(ORDER_WORDS)} />
        <Choice id="payment" label="Payment" value={asked.payment} set={(payment) => set({ payment })} choices={choices(PAYMENT_WORDS)} />
        <Choice
          id="delivery"
          label="Delivery"
          value={asked.fulfilment}
          set={(fulfilment) => set({ fulfilment })}
          choices={choices(FULFILMENT_WORDS)}
        />
        <Text id="from" label="From" type="date" value={asked.from} set={(from) => set({ from })} />
        <Text id="to" label="To" type="date" value={asked.to} set={(to) => set({ to })} />
      </form>
      <Found asked={asked} page={pages.at(-1)} turn={(next) => setPages([...pages, next])} back={() => setPages(pages.slice(0, -1))} />
    </StaffFrame>
  )
}

interface FoundProps {
  readonly asked: Asked
  readonly page: string | undefined
  turn(next: string): void
  back(): void
}

function Found({ asked, page, turn, back }: FoundProps): ReactElement {
  const isNumber = asked.number === '' || /^(mr)?[0-9a-z]{8}$/i.test(asked.number.replace(/[\s-]/g, ''))
  const given = Object.entries({ ...asked, number: isNumber ? asked.number : '', page: page ?? '' }).filter(([, value]) => value !== '')
  const found = useQuery('orders', Object.fromEntries(given))
  if (!isNumber) return <p className="hint">A number is as MR-4K7Q-9XWD.</p>
  if (found.status === 'failed') return <FailedState message={found.message} retry={found.reload} />
  if (found.status === 'loading') return <div className="skeleton order-waiting" aria-busy="true" />
  const { orders, next } = found.data
  return (
    <>
      {orders.length === 0 ? <p className="shop-none">No order is like that.</p> : <OrderList orders={orders} linkTo={staffOrderLink} />}
      <div className="notice-actions">
        {page !== undefined && (
          <button type="button" className="button" onClick={back}>
            Newer ones
          </button>
        )}
        {next !== undefined && (
          <button type="button" className="button" onClick={() => turn(next)}>
            Older ones
          </button>
        )}
        <button type="button" className="button button-quiet" onClick={found.reload}>
          Ask again
        </button>
      </div>
    </>
  )
}

interface FieldProps {
  readonly id: string
  readonly label: string
  readonly value: string
  set(value: string): void
}

function Text({ id, label, value, set, ...rest }: FieldProps & { readonly type?: string; readonly placeholder?: string }): ReactElement {
  return (
    <div className="field">
      <label htmlFor={`search-${id}`}>{label}</label>
      <input id={`search-${id}`} autoComplete="off" {...rest} value={value} onChange={(event) => set(event.target.value)} />
    </div>
  )
}

function Choice({
  id,
  label,
  value,
  set,
  choices,
}: FieldProps & { readonly choices: readonly (readonly [string, string])[] }): ReactElement {
  return (
    <div className="field">
      <label htmlFor={`search-${id}`}>{label}</label>
      <select id={`search-${id}`} value={value} onChange={(event) => set(event.target.value)}>
        <option value="">Any</option>
        {choices.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </div>
  )
}
