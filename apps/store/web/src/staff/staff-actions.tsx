import { useState, type SubmitEvent, type ReactElement } from 'react'
import { formatMoney } from 'app-kit/web/shell/format.ts'
import { Notice } from 'app-kit/web/shell/page.tsx'
import { sendCommand, type Order } from '../api/client.ts'
import { nameOf } from '../orders/order-words.ts'
import { refusalWords } from '../orders/refusals.ts'
import { useAction, type Action } from '../orders/use-action.ts'
import { newId } from '../shell/identity.ts'
import { BOARD_WORDS, workOn, type BoardAction } from './board-work.ts'
import { whoIsIt } from './staff-frame.tsx'

const STEPS = ['ship', 'deliver', 'receive-return', 'retry-refund'] as const satisfies readonly BoardAction[]

/** All that staff can do with one order: what the board does, and what is rarer. */
export function StaffActions({ order }: { readonly order: Order }): ReactElement {
  const action = useAction(refusalWords)
  const { orderId, lines, parcels, capturedCents, refundedCents } = order
  const isOpen = order.order === 'pending' || order.order === 'confirmed'
  const hasToPack = order.order === 'confirmed' && lines.some(({ packed, quantity }) => packed < quantity)
  const run = (send: Parameters<Action['run']>[0], done: string): void => {
    if (!action.isBusy) void action.run(send, done)
  }
  return (
    <section className="panel staff-actions" aria-label="What to do">
      {action.problem !== undefined && (
        <Notice tone="bad" role="alert">
          {action.problem}
        </Notice>
      )}
      {hasToPack && <PackForm order={order} run={run} />}
      <div className="notice-actions">
        {STEPS.filter((step) => isDue(step, order)).map((step) => (
          <button
            key={step}
            type="button"
            className="button button-primary"
            onClick={() => run(() => workOn(step, order)[0]!, `${order.number} ${BOARD_WORDS[step].done}.`)}
          >
            {BOARD_WORDS[step].verb}
          </button>
        ))}
        {isOpen && parcels.length === 0 && (
          <button
            type="button"
            className="button button-danger"
            onClick={() => run(() => sendCommand('WithdrawOrder', { orderId, staff: whoIsIt() }), `${order.number} cancelled.`)}
          >
            Cancel this order
          </button>
        )}
      </div>
      {isOpen && <DelayForm orderId={orderId} run={run} />}
      {capturedCents > refundedCents && <RefundForm orderId={orderId} most={capturedCents - refundedCents} run={run} />}
    </section>
  )
}

function isDue(step: (typeof STEPS)[number], { parcels, returns, refunds }: Order): boolean {
  if (step === 'ship') return parcels.some(({ status }) => status === 'packed')
  if (step === 'deliver') return parcels.some(({ status }) => status === 'shipped')
  if (step === 'receive-return') return returns.some(({ status }) => status === 'announced')
  return refunds.some(({ status }) => status === 'failed')
}

type Run = (send: Parameters<Action['run']>[0], done: string) => void

/** All of it, or some of each line: then there will be another parcel. */
function PackForm({ order, run }: { readonly order: Order; readonly run: Run }): ReactElement {
  const left = order.lines.filter(({ packed, quantity }) => packed < quantity)
  const [chosen, setChosen] = useState<Readonly<Record<string, number>>>({})
  const lines = left
    .map(({ productId, quantity, packed }) => ({
      productId,
      quantity: Math.min(chosen[productId] ?? quantity - packed, quantity - packed),
    }))
    .filter(({ quantity }) => quantity > 0)
  const pack = (event: SubmitEvent): void => {
    event.preventDefault()
    if (lines.length === 0) return
    run(() => sendCommand('PackParcel', { orderId: order.orderId, parcelId: newId(8), staff: whoIsIt(), lines }), 'A parcel is packed.')
    setChosen({})
  }
  return (
    <form className="pack-form" aria-label="Pack a parcel" onSubmit={pack}>
      <h2>Pack a parcel</h2>
      {left.map(({ productId, quantity, packed }) => (
        <div key={productId} className="field pack-line">
          <label htmlFor={`pack-${productId}`}>{nameOf(order, productId)}</label>
          <input
            id={`pack-${productId}`}
            type="number"
            min={0}
            max={quantity - packed}
            value={chosen[productId] ?? quantity - packed}
            onChange={(event) => setChosen({ ...chosen, [productId]: Math.max(0, Math.trunc(Number(event.target.value))) })}
          />
        </div>
      ))}
      <button type="submit" className="button button-primary" aria-disabled={lines.length === 0}>
        Pack
      </button>
    </form>
  )
}

function DelayForm({ orderId, run }: { readonly orderId: string; readonly run: Run }): ReactElement {
  const [note, setNote] = useState('')
  const [expectedAt, setExpectedAt] = useState('')
  const report = (event: SubmitEvent): void => {
    event.preventDefault()
    if (note.trim() === '' || expectedAt === '') return
    run(() => sendCommand('ReportDelay', { orderId, note, expectedAt }), 'The customer is told.')
    setNote('')
  }
  return (
    <form className="inline-form" aria-label="Report a delay" onSubmit={report}>
      <div className="field">
        <label htmlFor="delay-note">Delay: what the customer is told</label>
        <input id="delay-note" maxLength={300} value={note} onChange={(event) => setNote(event.target.value)} />
      </div>
      <div className="field">
        <label htmlFor="delay-day">Expected on</label>
        <input id="delay-day" type="date" value={expectedAt} onChange={(event) => setExpectedAt(event.target.value)} />
      </div>
      <button type="submit" className="button">
        Tell
      </button>
    </form>
  )
}

function RefundForm({ orderId, most, run }: { readonly orderId: string; readonly most: number; readonly run: Run }): ReactElement {
  const [euros, setEuros] = useState('')
  const amountCents = Math.round(Number(euros) * 100)
  const refund = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!(amountCents > 0)) return
    run(() => sendCommand('RefundOrder', { orderId, refundId: newId(8), amountCents, staff: whoIsIt() }), 'The refund is on its way.')
    setEuros('')
  }
  return (
    <form className="inline-form" aria-label="Refund" onSubmit={refund}>
      <div className="field">
        <label htmlFor="refund-amount">Give back, as goodwill (at most {formatMoney(most)})</label>
        <input id="refund-amount" type="number" min={0.01} step={0.01} value={euros} onChange={(event) => setEuros(event.target.value)} />
      </div>
      <button type="submit" className="button">
        Refund
      </button>
    </form>
  )
}
