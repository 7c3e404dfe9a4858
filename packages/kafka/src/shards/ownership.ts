import { MillraceError, type OwnedShard } from '@millrace/core'
import { Backoff } from '../client/retry.ts'
import { fenced, type KafkaShard } from './owned-shard.ts'
import { Membership, type MembershipOptions } from './membership.ts'

export interface OwnershipOptions {
  readonly membership: Omit<MembershipOptions, 'onAssigned' | 'held' | 'decided'>
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
  readonly fail: (error: unknown) => void
}

/** Being in the group, for as long as somebody wants shards. */
interface Member {
  readonly over: AbortController
  readonly ended: Promise<void>
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
  #member: Member | undefined
  /** Resolves when the last member has left. */
  #left: Promise<void> = Promise.resolve()
  readonly #shards = new Set<KafkaShard>()

  constructor(options: OwnershipOptions) {
    this.#options = options
    this.#membership = new Membership({
      ...options.membership,
      onAssigned: (partitions) => {
        this.#assigned = new Set(partitions)
        this.#balance()
      },
      held: () => [...this.#holds.keys()].filter((partition) => this.#assigned.has(partition)),
      decided: () =>
        [...this.#shards].filter(({ nextCommand }) => nextCommand > 0).map(({ partition, nextCommand: next }) => ({ partition, next })),
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
    if (signal.aborted) return
    const failed = Promise.withResolvers<never>()
    failed.promise.catch(() => undefined)
    const claim: Claim = { work, over: new AbortController(), holds: new Set(), fail: failed.reject }
    const release = (): void => claim.over.abort()
    signal.addEventListener('abort', release, { once: true })
    const before = this.#claim
    this.#claim = claim
    before?.over.abort()
    const member = (this.#member ??= this.#enter())
    const over = new Promise<void>((resolve) => claim.over.signal.addEventListener('abort', () => resolve(), { once: true }))
    this.#balance()
    try {
      await Promise.race([over, member.ended, failed.promise])
    } finally {
      signal.removeEventListener('abort', release)
      claim.over.abort()
      await Promise.all(claim.holds)
      if (this.#claim === claim) {
        this.#claim = undefined
        await this.#leave()
      }
    }
  }

  /** Gives up all, and leaves the group. What is not stored by then fails with `error`. */
  async close(error: MillraceError): Promise<void> {
    this.#claim?.over.abort()
    for (const over of this.#holds.values()) over.abort()
    await this.#leave()
    for (const shard of this.#shards) shard.fail(error)
  }

  #enter(): Member {
    const over = new AbortController()
    const ended = this.#left.then(() => this.#membership.run(over.signal))
    this.#left = ended.catch(() => undefined)
    return { over, ended }
  }

  /** Others may have the shards: at once, and not only when the log is closed. */
  async #leave(): Promise<void> {
    this.#member?.over.abort()
    this.#member = undefined
    this.#assigned = new Set()
    await this.#left
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
      .catch(claim.fail)
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
      this.#shards.add(shard)
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
        this.#shards.delete(shard)
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
