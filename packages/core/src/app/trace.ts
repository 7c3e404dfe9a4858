import type { Clock } from '../ports/clock.ts'
import type { Batch } from '../ports/log.ts'
import type { TraceStep } from './running.ts'

/** Commands whose way is remembered. */
const MAX_TRACES = 1_000
/** Batches of more records than this are not looked through: under load nobody follows one command. */
const MAX_BATCH = 32

/** The way of recent commands: when each step was done. For people who look, not for measurements under load. */
export class Trace {
  readonly #clock: Clock
  readonly #traces = new Map<string, { readonly type: string; readonly steps: TraceStep[] }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  begin(commandId: string, type: string): void {
    if (this.#traces.size >= MAX_TRACES) this.#traces.delete(this.#traces.keys().next().value!)
    this.#traces.set(commandId, { type, steps: [{ step: 'received', atMs: this.#clock.nowMs() }] })
  }

  step(commandId: string, step: string): void {
    this.#traces.get(commandId)?.steps.push({ step, atMs: this.#clock.nowMs() })
  }

  /** One step for all commands of a batch. */
  batch({ records }: Batch, step: string): void {
    if (records.length > MAX_BATCH) return
    for (const { commandId, index } of records) if (index === 0) this.step(commandId, step)
  }

  get(commandId: string): { readonly type: string; readonly steps: readonly TraceStep[] } | undefined {
    return this.#traces.get(commandId)
  }
}
