import { useLayoutEffect, useState, type RefObject } from 'react'
import type { HouseSection } from '../seats/house.ts'

/** Kept equal to seat-list.css: width of a seat with its gap, of the row's head, and the air between rows. */
const SEAT_PX = 38
const HEAD_PX = 44
const ROW_GAP_PX = 8

/** Long rows break into lines where the window is narrow (400 % zoom), all rows of a section alike. */
export function useGridSize(scroller: RefObject<HTMLElement | null>, section: HouseSection): { rowHeight: number; height: number } {
  const [size, setSize] = useState({ width: 900, height: 480 })
  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return undefined
    const measure = (): void => setSize({ width: element.clientWidth, height: element.clientHeight })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [scroller])
  const perLine = Math.max(1, Math.floor((size.width - HEAD_PX) / SEAT_PX))
  const lines = Math.ceil(section.seatsPerRow / perLine)
  return { rowHeight: lines * SEAT_PX + ROW_GAP_PX, height: size.height }
}
