import { MillraceError, type OwnedShard } from '@millrace/core'
import { Backoff } from '../client/retry.ts'
import { fenced, type KafkaShard } from './owned-shard.ts'
import { Membership, type MembershipOptions } from './membership.ts'

export interface OwnershipOptions {
  readonly membership: Omit<MembershipOptions, 'onAssigned' | 'held'>
  readonly createShard: (partition: number, over: AbortController) => KafkaShard
  /** The shard of a partition ended: its events come from the broker again. */
  readonly onEnded: (partition: number) => void
  readonly onTrouble: (error: MillraceError) => void
}

type Work = (shard: OwnedShard) => Promise<void>

/** One call of `own`. The newest one is given the shards. */
interface Claim {
  readonly work: Work
  readonly over: AbortController
  /** What is still held for it. */
  readonly holds: Set<Promise<void>>
}

/** Holds the shards that the group gives this process, for whoever asked last. */
export class Ownership {
  readonly #options: OwnershipOptions
  readonly #membership: Membership
  /** What ends the holding of each partition held. */
  readonly #holds = new Map<number, AbortController>()
  #assigned: ReadonlySet<number> = new Set()
  /** Those whose marker is in the log. */
  readonly #given = new Set<number>()
  #claim: Claim | undefined
  #member: Promise<void> | undefined
  readonly #left = new AbortController()
  #failure: ((error: Error) => void) | undefined

  constructor(options: OwnershipOptions) {
    this.#options = options
    this.#membership = new Membership({
      ...options.membership,
      onAssigned: (partitions) => {
        this.#assigned = new Set(partitions)
        this.#balance()
      },
      held: () => [...this.#holds.keys()],
    })
  }

  /** Whether all shards that are to be held here are held; true while nobody asked for any. */
  get isSettled(): boolean {
    const claim = this.#claim
    if (claim === undefined || claim.over.signal.aborted) return true
    return this.#membership.hasJoined && [...this.#assigned].every((partition) => this.#given.has(partition))
  }

  /** See `Log.own`. */
  async own(work: Work, signal: AbortSignal): Promise<void> {
    const claim: Claim = { work, over: new AbortController(), holds: new Set() }
    const release = (): void => claim.over.abort()
    if (signal.aborted) return
    signal.addEventListener('abort', release, { once: true })
    const before = this.#claim
    this.#claim = claim
    before?.over.abort()
    this.#member ??= this.#membership.run(this.#left.signal)
    const over = new Promise<void>((resolve) => claim.over.signal.addEventListener('abort', () => resolve(), { once: true }))
    const failed = new Promise<never>((_resolve, reject) => (this.#failure = reject))
    failed.catch(() => undefined)
    this.#balance()
    try {
      await Promise.race([over, this.#member, failed])
    } finally {
      signal.removeEventListener('abort', release)
      claim.over.abort()
      await Promise.all(claim.holds)
      if (this.#claim === claim) this.#claim = undefined
    }
  }

  /** Gives up all, and leaves the group. */
  async close(): Promise<void> {
    this.#claim?.over.abort()
    for (const over of this.#holds.values()) over.abort()
    this.#left.abort()
    await this.#member?.catch(() => undefined)
  }

  /** Holds what is assigned, and gives up what is not. */
  #balance(): void {
    for (const [partition, over] of this.#holds) if (!this.#assigned.has(partition)) over.abort()
    const claim = this.#claim
    if (claim === undefined || claim.over.signal.aborted) return
    for (const partition of this.#assigned) if (!this.#holds.has(partition)) this.#begin(partition, claim)
  }

  #begin(partition: number, claim: Claim): void {
    const over = new AbortController()
    const release = (): void => over.abort()
    claim.over.signal.addEventListener('abort', release, { once: true })
    const ended = this.#hold(partition, claim.work, over.signal)
      .catch((error: unknown) => this.#failure?.(error as Error))
      .finally(() => {
        claim.over.signal.removeEventListener('abort', release)
        this.#holds.delete(partition)
        claim.holds.delete(ended)
        this.#balance()
      })
    claim.holds.add(ended)
    this.#holds.set(partition, over)
  }

  /** Owns one partition, again and again where it was lost, until `signal` aborts. */
  async #hold(partition: number, work: Work, signal: AbortSignal): Promise<void> {
    const { createShard, onEnded, onTrouble } = this.#options
    const backoff = new Backoff()
    while (!signal.aborted) {
      const over = new AbortController()
      const release = (): void => over.abort()
      signal.addEventListener('abort', release, { once: true })
      const shard = createShard(partition, over)
      try {
        await shard.takeOver()
        backoff.reset()
        this.#given.add(partition)
        await work(shard)
      } catch (error) {
        if (error instanceof MillraceError && (error.code === 'LOG_UNAVAILABLE' || error.code === 'LOG_OUTCOME_UNKNOWN')) onTrouble(error)
        else if (!signal.aborted && !(error instanceof MillraceError && error.code === 'LOG_FENCED')) throw error
      } finally {
        signal.removeEventListener('abort', release)
        this.#given.delete(partition)
        shard.fail(fenced(partition))
        onEnded(partition)
      }
      if (signal.aborted) return
      // Somebody else may have been given it, and this process not told yet: a heartbeat knows.
      await this.#membership.confirmed(signal)
      await backoff.wait(signal)
    }
  }
}
