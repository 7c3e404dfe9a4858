/** How far something is: redrawn in place in a terminal, elsewhere a line from time to time. */
import type { Terminal } from './terminal.ts'

/** Between two lines where nothing can be redrawn, in milliseconds. */
const LINE_EVERY_MS = 5_000
const MAX_CELLS = 30
const DEFAULT_COLUMNS = 80

export interface Drawn {
  readonly done: number
  readonly total: number
  /** Records a second; left out, it is taken from how `done` has moved. */
  readonly perSecond?: number
  readonly secondsLeft?: number | null
}

export class ProgressBar implements Disposable {
  readonly #terminal: Terminal
  readonly #label: string
  readonly #nowMs: () => number
  #startMs: number | undefined
  #lineMs = -Infinity
  #isDrawn = false

  constructor(terminal: Terminal, label: string, nowMs = (): number => performance.now()) {
    this.#terminal = terminal
    this.#label = label
    this.#nowMs = nowMs
  }

  draw({ done, total, ...known }: Drawn): void {
    const nowMs = this.#nowMs()
    this.#startMs ??= nowMs
    const seconds = (nowMs - this.#startMs) / 1_000
    const perSecond = known.perSecond ?? (seconds > 0 ? done / seconds : 0)
    const secondsLeft = known.secondsLeft === undefined ? (perSecond > 0 ? (total - done) / perSecond : null) : known.secondsLeft
    const share = total > 0 ? Math.min(done / total, 1) : 1
    const figures = `${String(Math.floor(share * 100)).padStart(3)} %  ${count(perSecond)}/s  ${secondsLeft === null ? '' : `${duration(secondsLeft)} left`}`
    if (this.#terminal.isInteractive) {
      const room = (this.#terminal.columns ?? DEFAULT_COLUMNS) - this.#label.length - figures.length - 6
      const cells = Math.max(0, Math.min(MAX_CELLS, room))
      const full = Math.round(share * cells)
      const bar = cells < 5 ? '' : `[${'#'.repeat(full)}${'-'.repeat(cells - full)}] `
      this.#terminal.error(`\r\x1b[2K${this.#label}  ${bar}${figures.trimEnd()}`)
      this.#isDrawn = true
    } else if (nowMs - this.#lineMs >= LINE_EVERY_MS) {
      this.#lineMs = nowMs
      this.#terminal.error(`${this.#label} ${figures.trim()}\n`)
    }
  }

  /** Leaves the line to what comes next. */
  [Symbol.dispose](): void {
    if (this.#isDrawn) this.#terminal.error('\r\x1b[2K')
  }
}

export const count = (value: number): string => Math.round(value).toLocaleString('en-US')

export function duration(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
