import { MillraceError } from '../../errors.ts'
import type { StoredReader } from '../../ports/read-store.ts'
import type { ToldWrites } from '../../ports/shared-read-store.ts'
import { loadParkedKeys, parkedKeyIn, ParkedKeys, type ParkedKey } from './parked-keys.ts'
import { isReserved } from './reserved-keys.ts'

/** The keys of a read model that are parked, as of the last commit, whoever made it. */
export class ParkedView {
  #keys = new ParkedKeys()

  get size(): number {
    return this.#keys.size
  }

  list(): readonly ParkedKey[] {
    return this.#keys.list()
  }

  async load(model: StoredReader): Promise<void> {
    this.#keys = new ParkedKeys(await loadParkedKeys(model))
  }

  /** Follows a commit. False where that does not say all: then it is to be loaded again. */
  follow(writes: ToldWrites | undefined): boolean {
    let isKnown = writes !== undefined
    for (const [document, write] of writes ?? []) {
      const key = isReserved(document) ? parkedKeyIn(document) : undefined
      if (key === undefined) continue
      if (write === undefined) isKnown = false
      else this.#keys.follow(key, write)
    }
    return isKnown
  }
}

/** That a key has been parked, for whoever operates the system. */
export function parkedError(name: string, version: string, { partition, offset, type, reason }: ParkedKey): MillraceError {
  return new MillraceError(
    'EVENT_PARKED',
    `projection '${name}' (${version}) could not handle ${type} at partition ${partition}, offset ${offset}: ${reason}. ` +
      'Its key is parked with all that follows for it; all others go on. Mend the handler, then retry or skip it',
    { at: { projection: name, version, partition, offset, event: type } },
  )
}
