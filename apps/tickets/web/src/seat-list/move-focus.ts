export interface GridPlace {
  /** Both 1-based. */
  readonly row: number
  readonly number: number
}

export interface GridSize {
  readonly rows: number
  readonly seatsPerRow: number
}

export interface GridKey {
  readonly key: string
  readonly ctrlKey?: boolean
}

const PAGE_ROWS = 5

/** Where a key takes the focus in the seat grid; undefined for keys the grid leaves alone. */
export function moveFocus({ row, number }: GridPlace, { key, ctrlKey = false }: GridKey, size: GridSize): GridPlace | undefined {
  switch (key) {
    case 'ArrowLeft':
      return inside({ row, number: number - 1 }, size)
    case 'ArrowRight':
      return inside({ row, number: number + 1 }, size)
    case 'ArrowUp':
      return inside({ row: row - 1, number }, size)
    case 'ArrowDown':
      return inside({ row: row + 1, number }, size)
    case 'Home':
      return inside({ row: ctrlKey ? 1 : row, number: 1 }, size)
    case 'End':
      return inside({ row: ctrlKey ? size.rows : row, number: size.seatsPerRow }, size)
    case 'PageUp':
      return inside({ row: row - PAGE_ROWS, number }, size)
    case 'PageDown':
      return inside({ row: row + PAGE_ROWS, number }, size)
    default:
      return undefined
  }
}

const inside = ({ row, number }: GridPlace, { rows, seatsPerRow }: GridSize): GridPlace => ({
  row: Math.min(rows, Math.max(1, row)),
  number: Math.min(seatsPerRow, Math.max(1, number)),
})

const TYPING_PAUSE_MS = 900

/** Digits typed quickly one after another are one row number: "1", "2" → row 12. */
export function typeRow(typed: { digits: string; atMs: number }, key: string, nowMs: number): { digits: string; atMs: number } | undefined {
  if (!/^\d$/.test(key)) return undefined
  const goesOn = nowMs - typed.atMs < TYPING_PAUSE_MS
  return { digits: goesOn ? typed.digits + key : key, atMs: nowMs }
}
