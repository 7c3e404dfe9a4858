import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { SeatMapPatch, TakenStatus } from '../api/contract.ts'
import { useWatch } from '../api/client.ts'
import { createHouse } from './house.ts'
import { SeatBoard } from './seat-board.ts'

/** Updates that come within this time are painted together: a crowd sends hundreds a second. */
const GATHER_MS = 40

export interface LiveBoard {
  readonly board: SeatBoard | undefined
  /** The server knows no such show. */
  readonly missing: boolean
  readonly paused: boolean
  /** Seats that changed while paused. */
  readonly waiting: number
  setPaused(paused: boolean): void
}

type Taken = Record<string, TakenStatus | null>

export function useSeatBoard(showId: string, { keepsBlocked = false }: { keepsBlocked?: boolean } = {}): LiveBoard {
  const [board, setBoard] = useState<SeatBoard>()
  const [missing, setMissing] = useState(false)
  const [paused, setPausedState] = useState(false)
  const [waiting, setWaiting] = useState(0)
  const live = useRef<{
    board?: SeatBoard
    paused: boolean
    patch: Taken
    snapshot?: Record<string, TakenStatus> | undefined
    timer?: ReturnType<typeof setTimeout> | undefined
  }>({
    paused: false,
    patch: {},
  })

  const flush = useCallback(() => {
    const now = live.current
    now.timer = undefined
    if (now.paused) {
      setWaiting(Object.keys(now.patch).length)
      return
    }
    const { snapshot, patch } = now
    now.snapshot = undefined
    now.patch = {}
    if (snapshot) now.board?.applySnapshot(snapshot)
    now.board?.applyPatch({ taken: patch })
  }, [])

  useEffect(() => () => clearTimeout(live.current.timer), [])

  useWatch(
    'seatMap',
    { showId },
    {
      onData(map, patch) {
        if (!map) {
          setMissing(true)
          return
        }
        const now = live.current
        if (!now.board) {
          now.board = new SeatBoard(createHouse(map.sections), { keepsBlocked })
          now.board.applySnapshot(map.taken)
          setBoard(now.board)
          return
        }
        if (patch === undefined) {
          now.snapshot = { ...map.taken }
          now.patch = {}
        } else Object.assign(now.patch, (patch as SeatMapPatch).taken)
        now.timer ??= setTimeout(flush, GATHER_MS)
      },
    },
  )

  const setPaused = useCallback(
    (next: boolean) => {
      live.current.paused = next
      setPausedState(next)
      setWaiting(0)
      if (!next) flush()
    },
    [flush],
  )
  return { board, missing, paused, waiting, setPaused }
}

/** Renders again with every change of the board. */
export function useBoardVersion(board: SeatBoard): number {
  return useSyncExternalStore(
    useCallback((listener) => board.subscribe(listener), [board]),
    () => board.version,
  )
}
