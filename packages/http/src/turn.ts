/** Runs what arrives within one turn of the event loop together, at its end: core then decides and appends it as one batch. */
export class Turn {
  #waiting: (() => void)[] = []

  add(work: () => void): void {
    if (this.#waiting.push(work) === 1) setImmediate(this.#run)
  }

  readonly #run = (): void => {
    const works = this.#waiting
    this.#waiting = []
    for (const work of works) work()
  }
}
