import { useState } from 'react'
import { announce } from 'app-kit/web/announce/announcer.tsx'
import { plural } from 'app-kit/web/shell/format.ts'
import type { Order } from '../api/client.ts'
import { refusalWords } from '../orders/refusals.ts'
import { BOARD_WORDS, workOn, type BoardAction } from './board-work.ts'

export interface Conflict {
  readonly orderId: string
  readonly text: string
}

export interface BoardWork {
  /** Orders that are being worked on: their cards say so. */
  readonly busy: ReadonlySet<string>
  /** What did not go as wanted, since somebody else was quicker or nobody was there. */
  readonly conflicts: readonly Conflict[]
  readonly forgetConflicts: () => void
  readonly work: (action: BoardAction, orders: readonly Order[]) => Promise<void>
}

export function useBoardWork(): BoardWork {
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set())
  const [conflicts, setConflicts] = useState<readonly Conflict[]>([])

  const workOnOne = async (action: BoardAction, order: Order): Promise<Conflict | undefined> => {
    const conflict = (text: string): Conflict => ({ orderId: order.orderId, text: `${order.number}: ${text}` })
    try {
      const answers = await Promise.all(workOn(action, order))
      const refused = answers.map(({ receipt }) => receipt).find(({ outcome }) => outcome !== 'accepted')
      if (refused === undefined) return undefined
      return conflict(refused.outcome === 'rejected' ? refusalWords(refused) : 'That did not work.')
    } catch {
      return conflict('The shop cannot be reached.')
    }
  }

  const work = async (action: BoardAction, orders: readonly Order[]): Promise<void> => {
    const free = orders.filter(({ orderId }) => !busy.has(orderId))
    const ids = free.map(({ orderId }) => orderId)
    setBusy((before) => new Set([...before, ...ids]))
    setConflicts([])
    const found = (await Promise.all(free.map((order) => workOnOne(action, order)))).filter((each) => each !== undefined)
    setBusy((before) => new Set([...before].filter((orderId) => !ids.includes(orderId))))
    setConflicts(found)
    const done = free.length - found.length
    if (done > 0) announce(`${plural(done, 'order')} ${BOARD_WORDS[action].done}.`)
  }

  return { busy, conflicts, forgetConflicts: () => setConflicts([]), work }
}
