import { openWires, type Wire, type WireAnswer } from './wire.ts'

/** Connections for requests that come at their own pace; one that finds all of them busy waits. */
export class WirePool implements Disposable {
  readonly #wires: readonly Wire[]
  readonly #idle: Wire[]
  readonly #waiting: ((wire: Wire) => void)[] = []

  private constructor(wires: readonly Wire[]) {
    this.#wires = wires
    this.#idle = [...wires]
  }

  static async open(port: number, connections: number): Promise<WirePool> {
    return new WirePool(await openWires(port, connections))
  }

  async ask(request: string): Promise<WireAnswer> {
    const wire = this.#idle.pop() ?? (await new Promise<Wire>((resolve) => this.#waiting.push(resolve)))
    try {
      return await wire.ask(request)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#idle.push(wire)
      else next(wire)
    }
  }

  [Symbol.dispose](): void {
    for (const wire of this.#wires) wire.close()
  }
}
