/** Where the command writes to. */
export interface Terminal {
  /** Results. */
  readonly out: (text: string) => void
  /** Progress, and what went wrong. */
  readonly error: (text: string) => void
  /** `error` is a terminal, where a line can be drawn again. */
  readonly isInteractive: boolean
  /** How wide it is (default 80). */
  readonly columns?: number | undefined
}
