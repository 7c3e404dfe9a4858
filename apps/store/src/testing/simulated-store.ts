/**
 * The store's aggregates and reactors in one thread, without a log: the same decisions, in an order that a seed chooses.
 * A reactor takes the events of one key in their order, and may take any of them again, later than any memory of ids.
 */
import type { Aggregate, CommandMessage, Decision, Schemas } from '@millrace/core'
import { LedgerError, type PaymentProvider } from 'app-kit/payments'
import type { Random } from 'app-kit/random'
import { product } from '../catalogue/product.ts'
import { createPaying } from '../ordering/paying.ts'
import { order } from '../ordering/order.ts'
import { stockKeeping } from '../ordering/stock-keeping.ts'

interface Happening {
  readonly type: string
  readonly data: object
}

type Decide = (
  data: object,
  state: object,
  context: { nowMs: number; commandId: string; key: string },
) => Decision<Schemas, Schemas, string>
type Evolve = (state: object, data: object) => object

interface Instance {
  state: object
  readonly events: Happening[]
  /** How many of them each reactor has taken. */
  readonly taken: Record<'stock' | 'payments', number>
}

interface Timer {
  readonly dueMs: number
  readonly command: CommandMessage
}

/** A payment is tried so often before it is given up. */
const ATTEMPTS = 3

export class SimulatedStore {
  nowMs = 0
  readonly outcomes = new Map<string, number>()
  readonly #instances = new Map<string, Instance>()
  readonly #timers = new Map<string, Timer>()
  readonly #paying: ReturnType<typeof createPaying>
  readonly #random: Random

  constructor(provider: PaymentProvider, random: Random) {
    this.#paying = createPaying(provider)
    this.#random = random
  }

  statesOf<State>(aggregate: Aggregate): ReadonlyMap<string, State> {
    const prefix = `${aggregate.name}/`
    return new Map(
      [...this.#instances]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, { state }]) => [name.slice(prefix.length), state as State]),
    )
  }

  send({ type, data }: CommandMessage): string {
    const aggregate = type in order.commands ? order : product
    const key = (aggregate.key as (data: unknown) => string)(data)
    const name = `${aggregate.name}/${key}`
    const instance = this.#instances.get(name) ?? {
      state: aggregate.initialState() as object,
      events: [],
      taken: { stock: 0, payments: 0 },
    }
    this.#instances.set(name, instance)
    const context = { nowMs: this.nowMs, commandId: '', key }
    const decision = (aggregate.decide as Readonly<Record<string, Decide>>)[type]!(data as object, instance.state, context)
    const outcome = 'kind' in decision ? decision.code : 'accepted'
    this.outcomes.set(`${type} ${outcome}`, (this.outcomes.get(`${type} ${outcome}`) ?? 0) + 1)
    if ('kind' in decision) return outcome
    for (const each of decision) {
      if (each.kind === 'cancel') this.#timers.delete(`${name}/${each.name}`)
      else if (each.kind === 'schedule') this.#timers.set(`${name}/${each.name ?? ''}`, each)
      else {
        // As a log keeps it: JSON, and no part of any state.
        const happening = { type: each.type, data: JSON.parse(JSON.stringify(each.data)) as object }
        instance.events.push(happening)
        instance.state = (aggregate.evolve as Readonly<Record<string, Evolve>>)[each.type]!(instance.state, structuredClone(happening.data))
      }
    }
    return outcome
  }

  /** Lets one reactor take one event, of a key that chance picks. False where none waits. */
  async react(): Promise<boolean> {
    const waiting = [...this.#instances].flatMap(([name, instance]) =>
      (['stock', 'payments'] as const)
        .filter((each) => instance.taken[each] < instance.events.length)
        .map((each) => ({ name, instance, each })),
    )
    if (waiting.length === 0) return false
    const { name, instance, each } = this.#random.pick(waiting)
    const key = name.slice(name.indexOf('/') + 1)
    await this.#take(each, key, instance.events[instance.taken[each]++]!)
    return true
  }

  /** Lets a reactor take an event once more, as after a crash that lost its place. */
  async reactAgain(): Promise<void> {
    const taken = [...this.#instances].filter(([, instance]) => instance.taken.stock > 0)
    if (taken.length === 0) return
    const [name, { events, taken: counts }] = this.#random.pick(taken)
    await this.#take('stock', name.slice(name.indexOf('/') + 1), events[this.#random.below(counts.stock)]!)
  }

  /** Lets time pass, and timers fire that are due. */
  pass(ms: number): void {
    this.nowMs += ms
    for (const [name, { dueMs, command }] of this.#timers) {
      if (dueMs > this.nowMs) continue
      this.#timers.delete(name)
      this.send(command)
    }
  }

  async settle(): Promise<void> {
    do {
      while (await this.react());
      this.pass(3_600_000)
    } while (this.#timers.size > 0 || (await this.react()))
  }

  async #take(reactor: 'stock' | 'payments', key: string, { type, data }: Happening): Promise<void> {
    const { on, givenUp } = reactor === 'stock' ? stockKeeping : this.#paying
    const handler = on[type]
    if (handler === undefined) return
    const about = { key, timeMs: this.nowMs, commandId: '', eventId: '', idempotencyKey: '' }
    for (let attempt = 1; ; attempt++) {
      try {
        const context = { ...about, attempt, signal: AbortSignal.timeout(60_000) }
        for (const command of await handler(data as never, context)) this.send(command)
        return
      } catch (error) {
        if (error instanceof LedgerError) throw error
        const last = givenUp[type]
        if (attempt < ATTEMPTS || last === undefined) continue
        for (const command of await last(data as never, { ...about, error, attempts: attempt })) this.send(command)
        return
      }
    }
  }
}
