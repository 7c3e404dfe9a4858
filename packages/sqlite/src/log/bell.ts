/** Tells all who wait that something changed; they look for themselves what. */
export class Bell {
  #waiting: PromiseWithResolvers<void> | undefined

  ring(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve()
  }

  /** Resolves at the next ring. */
  heard(): Promise<void> {
    return (this.#waiting ??= Promise.withResolvers<void>()).promise
  }
}
