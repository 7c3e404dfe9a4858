import type { ReactElement } from 'react'
import { Notice } from 'app-kit/web/shell/page.tsx'
import { useLive } from '../api/client.ts'
import { BoardColumnView } from './board-column.tsx'
import { StaffFrame } from './staff-frame.tsx'
import { useBoardWork } from './use-board-work.ts'

/** What is to be done, in columns. Live: what a colleague does leaves the board by itself. */
export function BoardPage(): ReactElement {
  return (
    <StaffFrame title="What to do next" current="#/staff">
      <Board />
    </StaffFrame>
  )
}

function Board(): ReactElement {
  const columns = useLive('board', {})
  const { busy, conflicts, forgetConflicts, work } = useBoardWork()
  return (
    <>
      {conflicts.length > 0 && (
        <div className="board-conflicts">
          <Notice tone="bad" role="alert">
            <ul>
              {conflicts.map(({ orderId, text }) => (
                <li key={orderId}>{text}</li>
              ))}
            </ul>
            <button type="button" className="link-button" onClick={forgetConflicts}>
              All right
            </button>
          </Notice>
        </div>
      )}
      <div className="board" aria-busy={columns === undefined}>
        {columns
          ?.filter(({ action, orders }) => action !== 'retry-refund' || orders.length > 0)
          .map((column) => (
            <BoardColumnView key={column.action} column={column} busy={busy} work={(orders) => void work(column.action, orders)} />
          ))}
      </div>
    </>
  )
}
