import { useState, type SubmitEvent, type ReactElement } from 'react'
import { Notice } from 'app-kit/web/shell/page.tsx'
import { sendCommand, type Order } from '../api/client.ts'
import { newId } from '../shell/identity.ts'
import { announced } from './announced.ts'
import { nameOf } from './order-words.ts'
import { refusalWords } from './refusals.ts'
import { useAction } from './use-action.ts'

/** Announces what is to be sent back. */
export function ReturnForm({ order }: { readonly order: Order }): ReactElement {
  const [isOpen, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const [chosen, setChosen] = useState<Readonly<Record<string, number>>>({})
  const { isBusy, problem, run } = useAction(refusalWords)
  const lines = Object.entries(chosen)
    .filter(([, quantity]) => quantity > 0)
    .map(([productId, quantity]) => ({ productId, quantity }))
  const isComplete = lines.length > 0 && reason.trim() !== ''

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (!isComplete || isBusy) return
    const data = { orderId: order.orderId, returnId: newId(8), lines, reason }
    if (!(await run(() => sendCommand('RequestReturn', data), 'Your return is announced.'))) return
    setOpen(false)
    setChosen({})
    setReason('')
  }

  if (!isOpen)
    return (
      <button type="button" className="button" onClick={() => setOpen(true)}>
        Send something back
      </button>
    )
  return (
    <form className="panel return-form" aria-label="Send something back" onSubmit={(event) => void submit(event)}>
      <h2>Send something back</h2>
      {order.lines.map(({ productId, delivered }) => {
        const most = delivered - announced(order, productId)
        if (most <= 0) return null
        return (
          <div key={productId} className="field">
            <label htmlFor={`return-${productId}`}>How many: {nameOf(order, productId)}</label>
            <select
              id={`return-${productId}`}
              value={chosen[productId] ?? 0}
              onChange={(event) => setChosen({ ...chosen, [productId]: Number(event.target.value) })}
            >
              {Array.from({ length: most + 1 }, (_, count) => (
                <option key={count} value={count}>
                  {count === 0 ? 'None' : count}
                </option>
              ))}
            </select>
          </div>
        )
      })}
      <div className="field">
        <label htmlFor="return-reason">Why</label>
        <input id="return-reason" maxLength={300} value={reason} onChange={(event) => setReason(event.target.value)} />
      </div>
      {problem !== undefined && (
        <Notice tone="bad" role="alert">
          {problem}
        </Notice>
      )}
      <div className="notice-actions">
        <button type="submit" className="button button-primary" aria-disabled={!isComplete || isBusy}>
          Announce the return
        </button>
        <button type="button" className="button button-quiet" onClick={() => setOpen(false)}>
          Not now
        </button>
      </div>
    </form>
  )
}
