import { MillraceError } from '../errors.ts'
import { Signal } from '../internal/signal.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import { MAX_TRACEPARENT_CHARACTERS } from '../shard/command-limits.ts'
import type { Registry } from '../shard/registry.ts'
import type { Receipt } from './app.ts'
import { reused, type Follower, type Waiter } from './follower.ts'
import type { LogTrouble } from './log-trouble.ts'
import { prepareCommand, type Prepared } from './prepare-command.ts'
import type { SendOptions } from './running.ts'
import type { Trace } from './trace.ts'

const DEFAULT_TIMEOUT_MS = 10_000
/** How often it is looked whether somebody has waited too long. */
const SWEEP_MS = 250
/** While more commands than this are in flight, nobody follows one of them. */
const MAX_TRACED = 32

export interface SendingContext {
  readonly registry: Registry
  readonly log: Log
  readonly clock: Clock
  readonly followers: readonly Follower[]
  /** Who waits for which command. Followers take them out. */
  readonly waiters: Map<string, Waiter[]>
  readonly trace: Trace
  readonly maxInFlight: number
  readonly trouble: LogTrouble
}

/** The way in: checks commands, appends them to the log, and waits for their answers, which come from the log too. */
export class Sending {
  readonly #context: SendingContext
  readonly #deadlines = new Set<{ readonly dueMs: number; readonly giveUp: () => void }>()
  readonly #emptied = new Signal()
  #inFlight = 0
  #closed = false
  #sweeping = false
  #broken: Error | undefined

  constructor(context: SendingContext) {
    this.#context = context
  }

  get inFlight(): number {
    return this.#inFlight
  }

  send(type: string, input: unknown, options: SendOptions = {}): Promise<Receipt> {
    return this.#counted(async () => {
      const prepared = await prepareCommand(this.#context, { type, input, id: options.commandId, internal: options.internal })
      // An id that was made here cannot have been used before.
      const known = options.commandId === undefined ? undefined : await this.#answered(prepared)
      return known ?? this.#sendAndWait(prepared, options)
    })
  }

  submit(type: string, input: unknown, options: SendOptions = {}): Promise<string> {
    return this.#counted(async () => {
      const prepared = await prepareCommand(this.#context, { type, input, id: options.commandId, internal: options.internal })
      await this.#append(prepared, options)
      return prepared.id
    })
  }

  async outcome(commandId: string): Promise<Receipt | 'undecided' | undefined> {
    for (const follower of this.#context.followers) {
      const offset = follower.recent.find(commandId, follower.next)
      if (offset === undefined) continue
      return offset < follower.next ? (await follower.receiptAt(offset)).receipt : 'undecided'
    }
    return this.#context.waiters.has(commandId) ? 'undecided' : undefined
  }

  close(): void {
    this.#closed = true
  }

  /** Resolves once all that were sent have been answered, or given up. */
  async drained(): Promise<void> {
    while (this.#inFlight > 0) await this.#emptied.wait()
  }

  /** Nobody will answer any more. */
  failAll(error: Error): void {
    this.#broken = error
    for (const [id, waiting] of this.#context.waiters) {
      this.#context.waiters.delete(id)
      for (const { reject } of waiting) reject(error)
    }
  }

  /** Refuses what is too much or too late; else counts it as in flight until it has its answer. */
  async #counted<T>(work: () => Promise<T>): Promise<T> {
    const { maxInFlight } = this.#context
    if (this.#closed)
      throw new MillraceError('APP_STOPPED', 'the app is stopping and takes no more commands; send it again to the next one')
    if (this.#broken !== undefined) throw this.#broken
    if (this.#inFlight >= maxInFlight) {
      throw new MillraceError(
        'OVERLOADED',
        `${this.#inFlight} commands wait for their answers, which is the limit; send it again a little later`,
      )
    }
    this.#inFlight++
    try {
      return await work()
    } catch (error) {
      this.#context.trouble.look()
      throw error
    } finally {
      if (--this.#inFlight === 0) this.#emptied.fire()
    }
  }

  /** The answer to a command that was sent before, under its id. */
  async #answered({ id, fingerprint }: Prepared): Promise<Receipt | undefined> {
    for (const follower of this.#context.followers) {
      const offset = follower.recent.find(id, follower.next)
      if (offset === undefined || offset >= follower.next) continue
      const { receipt, first } = await follower.receiptAt(offset)
      if (first.fingerprint !== fingerprint) throw reused(id)
      return receipt
    }
    return undefined
  }

  #sendAndWait(prepared: Prepared, options: SendOptions): Promise<Receipt> {
    const { waiters, clock } = this.#context
    // Under way from here as another command, perhaps to another partition, which would not know the id.
    if (waiters.get(prepared.id)?.some(({ fingerprint }) => fingerprint !== prepared.fingerprint) === true) throw reused(prepared.id)
    return new Promise<Receipt>((resolve, reject) => {
      const leave = (): void => {
        this.#deadlines.delete(deadline)
        const waiting = waiters.get(prepared.id)?.filter((each) => each !== waiter) ?? []
        if (waiting.length === 0) waiters.delete(prepared.id)
        else waiters.set(prepared.id, waiting)
      }
      const fail = (error: Error): void => {
        leave()
        reject(error)
      }
      const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
      const deadline = { dueMs: clock.nowMs() + timeoutMs, giveUp: (): void => fail(timedOut(prepared, timeoutMs)) }
      const waiter: Waiter = {
        fingerprint: prepared.fingerprint,
        resolve: (receipt) => {
          this.#deadlines.delete(deadline)
          resolve(receipt)
        },
        reject: fail,
      }
      const waiting = waiters.get(prepared.id)
      if (waiting === undefined) waiters.set(prepared.id, [waiter])
      else waiting.push(waiter)
      this.#deadlines.add(deadline)
      this.#sweep()
      this.#append(prepared, options).catch(fail)
    })
  }

  #append({ id, type, key, partition, data }: Prepared, { traceparent }: SendOptions): Promise<number> {
    const { log, clock, trace } = this.#context
    if (this.#inFlight <= MAX_TRACED) trace.begin(id, type)
    const isTraced = traceparent !== undefined && traceparent.length <= MAX_TRACEPARENT_CHARACTERS
    const timeMs = Math.floor(clock.nowMs())
    return log.submit(partition, { id, type, key, timeMs, data, traceparent: isTraced ? traceparent : undefined })
  }

  /** One timer for all who wait. */
  #sweep(): void {
    if (this.#sweeping || this.#deadlines.size === 0) return
    this.#sweeping = true
    this.#context.clock.after(SWEEP_MS, () => {
      this.#sweeping = false
      const nowMs = this.#context.clock.nowMs()
      for (const { dueMs, giveUp } of this.#deadlines) if (dueMs <= nowMs) giveUp()
      this.#sweep()
    })
  }
}

const timedOut = ({ id, type }: Prepared, timeoutMs: number): MillraceError =>
  new MillraceError(
    'COMMAND_TIMEOUT',
    `command ${type} was not answered within ${timeoutMs} ms. It stands: ask for its outcome, or send it again with the same id`,
    {
      at: { commandId: id },
    },
  )
