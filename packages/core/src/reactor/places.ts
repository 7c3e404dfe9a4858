import { MillraceError } from '../errors.ts'
import type { ReactedData, ReactorProgress } from './progress.ts'
import type { Reactor } from './reactor.ts'

/** Where the reactors of an app begin in shards that have never seen them. */
export class ReactorPlaces {
  readonly #reactors: readonly Pick<Reactor, 'name' | 'since'>[]
  readonly #onTrouble: (error: Error) => void
  readonly #told = new Set<string>()

  constructor(reactors: readonly Pick<Reactor, 'name' | 'since'>[], onTrouble: (error: Error) => void) {
    this.#reactors = reactors
    this.#onTrouble = onTrouble
  }

  /**
   * What is to be written, before anything else, into a shard that has just been folded. Of one that begins with what comes
   * now: whoever owned the shard later could not tell any more where that was. `known`: those that have been there.
   */
  beginnings(
    known: ReadonlyMap<string, ReactorProgress>,
    { partition, marker }: { readonly partition: number; readonly marker: number },
  ): readonly ReactedData[] {
    const fresh = this.#reactors.filter(({ name }) => !known.has(name))
    const strangers = [...known.keys()].filter((name) => this.#reactors.every((each) => each.name !== name))
    if (fresh.length > 0) for (const name of strangers) this.#tell(name, fresh, partition)
    return fresh
      .filter(({ since }) => since === 'now' || strangers.length > 0)
      .map(({ name, since }) => ({ reactor: name, next: since === 'now' ? marker : 0 }))
  }

  /** Once for all shards. Those that are there begin only once, so whoever has removed a reactor is not told for ever. */
  #tell(stranger: string, fresh: readonly Pick<Reactor, 'name' | 'since'>[], partition: number): void {
    if (this.#told.has(stranger)) return
    this.#told.add(stranger)
    const begin = fresh.map(
      ({ name, since }) => `'${name}' begins with ${since === 'now' ? 'what comes from now on' : 'the first event of all'}`,
    )
    this.#onTrouble(
      new MillraceError(
        'REACTOR_UNKNOWN',
        `the log says how far reactor '${stranger}' has come, and this app has none of that name; ${begin.join(', ')}. Where one of them ` +
          `is '${stranger}' under a new name, it does again what that one has done, or leaves out what it has not: give it its old name ` +
          `back. Where '${stranger}' was removed, all is well`,
        { at: { reactor: stranger, partition } },
      ),
    )
  }
}
