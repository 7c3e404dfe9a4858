import { useState, type ReactElement } from 'react'
import { formatMoney } from 'app-kit/web/shell/format.ts'
import { Notice } from 'app-kit/web/shell/page.tsx'
import { sendCommand, useLive } from '../api/client.ts'
import { refusalWords } from '../orders/refusals.ts'
import { useAction } from '../orders/use-action.ts'
import { StaffFrame } from './staff-frame.tsx'

/** How many come with a delivery to the house. */
const DELIVERY = 10

export function StockPage(): ReactElement {
  return (
    <StaffFrame title="Stock" current="#/staff/stock">
      <StockTable />
    </StaffFrame>
  )
}

function StockTable(): ReactElement {
  const stock = useLive('stock', {})
  const [working, setWorking] = useState<string>()
  const { problem, isBusy, run } = useAction(refusalWords)
  const receive = async (productId: string, name: string): Promise<void> => {
    if (isBusy) return
    setWorking(productId)
    await run(() => sendCommand('ReceiveStock', { productId, quantity: DELIVERY }), `${DELIVERY} more of ${name}.`)
    setWorking(undefined)
  }
  return (
    <>
      {problem !== undefined && (
        <Notice tone="bad" role="alert">
          {problem}
        </Notice>
      )}
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Stock">
        <table className="stock-table">
          <thead>
            <tr>
              <th scope="col">Product</th>
              <th scope="col">Price</th>
              <th scope="col">In the house</th>
              <th scope="col">Promised</th>
              <th scope="col">Free</th>
              <th scope="col">
                <span className="visually-hidden">What to do</span>
              </th>
            </tr>
          </thead>
          <tbody aria-busy={stock === undefined}>
            {stock?.map(({ productId, name, priceCents, onHand, reserved, available }) => (
              <tr key={productId}>
                <th scope="row">{name}</th>
                <td>{formatMoney(priceCents)}</td>
                <td>{onHand}</td>
                <td>{reserved}</td>
                <td className={available === 0 ? 'stock-none' : ''}>{available}</td>
                <td>
                  <button
                    type="button"
                    className="button button-small"
                    aria-disabled={isBusy}
                    onClick={() => void receive(productId, name)}
                  >
                    <span>
                      {working === productId ? 'Saving' : `+${DELIVERY}`}
                      <span className="visually-hidden"> of {name}</span>
                    </span>
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}
