import { MillraceError } from '../errors.ts'
import { SortedKeys } from '../internal/sorted-keys.ts'
import { START, type Position } from '../position.ts'
import { mergePatch } from './merge-patch.ts'
import type { Entry, List, ReadModel, ReadStore, Write } from './read-store.ts'

interface Stored {
  readonly documents: Map<string, Record<string, unknown>>
  readonly keys: SortedKeys
  checkpoint: Position
  owner: number
}

/** Read models in this process: as fast as it gets, and folded again from the log at every start. */
export function createMemoryReadStore(): ReadStore {
  const models = new Map<string, Stored>()
  return {
    isShared: false,
    isVolatile: true,
    open(name, version) {
      const id = `${name}@${version}`
      const stored = models.get(id) ?? { documents: new Map(), keys: new SortedKeys(), checkpoint: START, owner: 0 }
      models.set(id, stored)
      stored.owner++
      return Promise.resolve(memoryReadModel(name, stored))
    },
    remove(name, version) {
      const id = `${name}@${version}`
      const stored = models.get(id)
      if (stored !== undefined) stored.owner++
      models.delete(id)
      return Promise.resolve()
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

function memoryReadModel(name: string, stored: Stored): ReadModel {
  const { documents, keys } = stored
  const owner = stored.owner
  return {
    get checkpoint() {
      return stored.checkpoint
    },
    get: (key) => documents.get(key),
    list: (options) => listOf(stored, options),
    commit(writes, checkpoint) {
      if (stored.owner !== owner) {
        return Promise.reject(
          new MillraceError('STORE_FENCED', `read model '${name}' has been opened by another owner; this one has stopped`),
        )
      }
      for (const [key, write] of writes) apply(key, write)
      stored.checkpoint = new Map(checkpoint)
      return Promise.resolve()
    },
  }

  function apply(key: string, write: Write): void {
    if (write.kind === 'put') {
      if (!documents.has(key)) keys.add(key)
      documents.set(key, write.document)
    } else if (write.kind === 'delete') {
      if (documents.delete(key)) keys.delete(key)
    } else {
      const document = documents.get(key)
      if (document !== undefined) mergePatch(document, write.patch)
    }
  }
}

function listOf({ documents, keys }: Stored, { prefix, after, limit }: List): readonly Entry[] {
  const found: Entry[] = []
  for (const key of keys.from(after > prefix ? after : prefix)) {
    if (found.length >= limit || !key.startsWith(prefix)) break
    if (after === '' || key !== after) found.push({ key, document: documents.get(key)! })
  }
  return found
}
