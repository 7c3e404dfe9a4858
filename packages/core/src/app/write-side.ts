import { MillraceError } from '../errors.ts'
import { partitionOf } from '../internal/hash.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log, OwnedShard } from '../ports/log.ts'
import type { ShardCheckpoints } from '../ports/shard-checkpoints.ts'
import type { Held } from '../projection/folding/partition-fold.ts'
import { toParkedEvent, unknownHere } from '../reactor/parked-list.ts'
import { ReactorPlaces } from '../reactor/places.ts'
import { ReactorLoop } from '../reactor/reactor-loop.ts'
import type { ReactorStatus } from '../reactor/reactor-status.ts'
import type { Registry } from '../shard/registry.ts'
import { Shard } from '../shard/shard.ts'
import type { App } from './app.ts'
import type { Follower } from './follower.ts'
import type { LogTrouble } from './log-trouble.ts'
import type { ParkedEvent, ShardStatus } from './running.ts'
import type { Trace } from './trace.ts'

export interface WriteSideContext {
  readonly app: App
  readonly registry: Registry
  readonly log: Log
  readonly clock: Clock
  readonly checkpoints: ShardCheckpoints | undefined
  /** Of each partition. */
  readonly followers: readonly Follower[]
  readonly trace: Trace
  readonly trouble: LogTrouble
  readonly onTrouble: (error: Error) => void
  /** The shards held at the moment: kept up to date here. */
  readonly held: Set<Held>
  /** Folds the partition of a shard into the read models that are folded by who owns it, until the shard is given up. */
  readonly fold: (shard: Held) => Promise<void>
}

/** The write side: decides what comes to the shards this instance is given, and runs the reactors of each. */
export class WriteSide {
  readonly #context: WriteSideContext
  readonly #shards = new Map<number, Shard>()
  readonly #reactors = new Set<ReactorLoop>()
  readonly #places: ReactorPlaces

  constructor(context: WriteSideContext) {
    this.#context = context
    this.#places = new ReactorPlaces(context.app.reactors, context.onTrouble)
  }

  /** Owns shards until `signal` aborts and all are released. Rejects where the log can't go on. */
  run(signal: AbortSignal): Promise<void> {
    return this.#context.log.own((owned) => this.#own(owned), signal)
  }

  /** By partition. */
  get shards(): readonly ShardStatus[] {
    return [...this.#shards.values()].map(({ status }) => status).sort((one, other) => one.partition - other.partition)
  }

  get reactors(): readonly ReactorStatus[] {
    return [...this.#reactors].map(({ status }) => status)
  }

  /** Keys of the reactors that run here. */
  parked(): readonly ParkedEvent[] {
    return this.reactors.flatMap(({ parked, ...where }) => parked.map((each) => toParkedEvent(where, each)))
  }

  /** The partitions of which `parked` has nothing. */
  get unknown(): readonly number[] {
    const { app, log } = this.#context
    return unknownHere(app.reactors, this.#reactors, log.partitions)
  }

  /** Whether `parked` would have that key of that reactor. */
  knows(reactor: string, key: string): boolean {
    const partition = partitionOf(key, this.#context.log.partitions)
    return [...this.#reactors].some((each) => each.isLoaded && each.reactor.name === reactor && each.status.partition === partition)
  }

  async #own(owned: OwnedShard): Promise<void> {
    const { app, registry, log, clock, checkpoints, followers, trace, trouble, onTrouble, held, fold } = this.#context
    const { partition } = owned
    // What the log says of itself is told once, not once for every shard that is lost by it.
    const onLost = (error: Error): void => {
      if (trouble.look() === undefined) onTrouble(error)
    }
    const follower = followers[partition]!
    const shard = new Shard(owned, { registry, log, clock, checkpoints, follower, trace, places: this.#places, onTrouble, onLost })
    this.#shards.set(partition, shard)
    const reacting = app.reactors.map((each) => new ReactorLoop(each, owned, shard, { log, registry, clock, onTrouble }))
    for (const each of reacting) this.#reactors.add(each)
    held.add(owned)
    trouble.look()
    try {
      await Promise.all([shard.run(), fold(owned), ...reacting.map((each) => this.#react(each))])
    } finally {
      for (const each of reacting) this.#reactors.delete(each)
      held.delete(owned)
      if (this.#shards.get(partition) === shard) this.#shards.delete(partition)
    }
  }

  async #react(loop: ReactorLoop): Promise<void> {
    try {
      await loop.run()
    } catch (error) {
      const { name, partition } = loop.status
      const message = `reactor '${name}' has stopped in partition ${partition}: ${(error as Error).message}`
      this.#context.onTrouble(new MillraceError('REACTOR_STOPPED', message, { cause: error, at: { reactor: name, partition } }))
    }
  }
}
