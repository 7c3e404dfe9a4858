import { useState, type ReactElement } from 'react'
import type { BoardColumn, Order } from '../api/client.ts'
import { formatClock } from '../orders/format-time.ts'
import { nameOf } from '../orders/order-words.ts'
import { staffOrderLink } from '../shell/router.ts'
import { BOARD_WORDS, type BoardAction } from './board-work.ts'

interface BoardColumnProps {
  readonly column: BoardColumn
  readonly busy: ReadonlySet<string>
  work(orders: readonly Order[]): void
}

export function BoardColumnView({ column: { action, orders, hasMore }, busy, work }: BoardColumnProps): ReactElement {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const { title, verb } = BOARD_WORDS[action]
  const selected = orders.filter(({ orderId }) => chosen.has(orderId))
  const isAll = selected.length === orders.length && orders.length > 0
  const choose = (orderId: string, isOn: boolean): void => {
    const next = new Set(chosen)
    if (isOn) next.add(orderId)
    else next.delete(orderId)
    setChosen(next)
  }
  return (
    <section className="column" aria-labelledby={`column-${action}`}>
      <div className="column-head">
        <h2 id={`column-${action}`}>
          {title} <span className="column-count">{hasMore ? `${orders.length}+` : orders.length}</span>
        </h2>
        {orders.length > 1 && (
          <label className="switch">
            <input
              type="checkbox"
              checked={isAll}
              onChange={(event) => setChosen(new Set(event.target.checked ? orders.map(({ orderId }) => orderId) : []))}
            />
            All<span className="visually-hidden"> of: {title}</span>
          </label>
        )}
      </div>
      {selected.length > 0 && (
        <button
          type="button"
          className="button button-primary button-small"
          onClick={() => {
            work(selected)
            setChosen(new Set())
          }}
        >
          {verb}: {selected.length} chosen
        </button>
      )}
      {orders.length === 0 && <p className="hint">Nothing.</p>}
      <ul className="cards">
        {orders.map((order) => (
          <BoardCard
            key={order.orderId}
            order={order}
            action={action}
            isBusy={busy.has(order.orderId)}
            isChosen={chosen.has(order.orderId)}
            choose={(isOn) => choose(order.orderId, isOn)}
            work={() => work([order])}
          />
        ))}
      </ul>
    </section>
  )
}

interface BoardCardProps {
  readonly order: Order
  readonly action: BoardAction
  readonly isBusy: boolean
  readonly isChosen: boolean
  choose(isOn: boolean): void
  work(): void
}

function BoardCard({ order, action, isBusy, isChosen, choose, work }: BoardCardProps): ReactElement {
  const { orderId, number, name, placedAtMs, address } = order
  return (
    <li className="card" aria-busy={isBusy}>
      <div className="card-head">
        <input type="checkbox" aria-label={`Choose ${number}`} checked={isChosen} onChange={(event) => choose(event.target.checked)} />
        <a href={staffOrderLink(orderId)}>{number}</a>
        <time dateTime={new Date(placedAtMs).toISOString()}>{formatClock(placedAtMs)}</time>
      </div>
      <p className="card-goods">{goodsFor(action, order)}</p>
      <div className="card-foot">
        <span className="hint">
          {name}, {address.city}
        </span>
        {isBusy ? (
          <span className="status status-waiting">Saving</span>
        ) : (
          <button type="button" className="button button-small" aria-label={`${BOARD_WORDS[action].verb} ${number}`} onClick={work}>
            {BOARD_WORDS[action].verb}
          </button>
        )}
      </div>
    </li>
  )
}

/** What there is to lay a hand on. */
function goodsFor(action: BoardAction, order: Order): string {
  const list = (lines: readonly { readonly productId: string; readonly quantity: number }[]): string =>
    lines.map(({ productId, quantity }) => `${quantity} × ${nameOf(order, productId)}`).join(', ')
  if (action === 'pack')
    return list(
      order.lines
        .filter((line) => line.packed < line.quantity)
        .map(({ productId, quantity, packed }) => ({ productId, quantity: quantity - packed })),
    )
  if (action === 'receive-return')
    return order.returns
      .filter(({ status }) => status === 'announced')
      .map(({ lines, reason }) => `${list(lines)}: “${reason}”`)
      .join('; ')
  const wanted = action === 'ship' ? 'packed' : 'shipped'
  const parcels = order.parcels.filter(({ status }) => status === wanted)
  return parcels.map(({ lines }) => list(lines)).join(' + ') || list(order.lines)
}
