export interface RowWindow {
  /** 1-based, both inclusive. */
  readonly first: number
  readonly last: number
}

export interface ScrollState {
  readonly scrollTop: number
  readonly height: number
  readonly rowHeight: number
}

const SPARE_ROWS = 4

/** The rows worth rendering. */
export function rowWindow({ scrollTop, height, rowHeight }: ScrollState, rows: number): RowWindow {
  const first = Math.floor(scrollTop / rowHeight) + 1 - SPARE_ROWS
  const last = Math.ceil((scrollTop + height) / rowHeight) + SPARE_ROWS
  return { first: Math.max(1, Math.min(first, rows)), last: Math.min(rows, Math.max(1, last)) }
}

/** The scroll position that shows `row` wholly with the least movement. */
export function scrollToShow(row: number, { scrollTop, height, rowHeight }: ScrollState): number {
  const top = (row - 1) * rowHeight
  if (top < scrollTop) return top
  return Math.max(scrollTop, top + rowHeight - height)
}
