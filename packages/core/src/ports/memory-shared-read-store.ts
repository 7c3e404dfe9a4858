import { MillraceError } from '../errors.ts'
import type { Position } from '../position.ts'
import { cloneJson, mergePatch } from './merge-patch.ts'
import type { DocumentReader, List, StoredDocument, Write } from './read-store.ts'
import type { PartitionCommit, PartitionFold, SharedReadModel, SharedReadStore, ToldWrites, VersionedEntry } from './shared-read-store.ts'

interface Versioned {
  readonly document: StoredDocument
  readonly version: number
}

interface Stored {
  readonly name: string
  /** Documents are replaced, never changed: a snapshot holds on to those of its moment. */
  documents: ReadonlyMap<string, Versioned>
  checkpoint: Position
  readonly owners: Map<number, number>
  readonly followers: Set<(writes: ToldWrites) => void>
}

export interface MemorySharedReadStoreOptions {
  /** For tests: awaited before each commit, which goes on with what it finds then. */
  readonly beforeCommit?: (name: string, partition: number, token: number) => Promise<void> | undefined
}

/** Read models that several apps in this process share: for tests, and to see how small a `SharedReadStore` can be. */
export function createMemorySharedReadStore({ beforeCommit }: MemorySharedReadStoreOptions = {}): SharedReadStore {
  const models = new Map<string, Stored>()
  let version = 0
  return {
    isShared: true,
    open(name, modelVersion) {
      const id = `${name}@${modelVersion}`
      const stored = models.get(id) ?? { name, documents: new Map(), checkpoint: new Map(), owners: new Map(), followers: new Set() }
      models.set(id, stored)
      return Promise.resolve(sharedModel(stored, { beforeCommit, nextVersion: () => ++version }))
    },
    remove(name, modelVersion) {
      // Nobody owns anything of it any more.
      models.get(`${name}@${modelVersion}`)?.owners.clear()
      models.delete(`${name}@${modelVersion}`)
      return Promise.resolve()
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

interface Committing {
  readonly beforeCommit: MemorySharedReadStoreOptions['beforeCommit']
  readonly nextVersion: () => number
}

function sharedModel(stored: Stored, committing: Committing): SharedReadModel {
  return {
    get checkpoint() {
      return stored.checkpoint
    },
    follow: (listener) => void stored.followers.add(listener),
    get: (key) => stored.documents.get(key)?.document,
    list: (list) => Promise.resolve(listOf(stored.documents, list)),
    read: (key) => Promise.resolve(stored.documents.get(key) ?? { document: undefined, version: 0 }),
    snapshot(work) {
      const { documents, checkpoint } = stored
      const reader: DocumentReader = { get: (key) => documents.get(key)?.document, list: (list) => listOf(documents, list) }
      return work(reader, checkpoint)
    },
    claim(partition, token) {
      if ((stored.owners.get(partition) ?? -1) > token) return Promise.reject(fenced(stored.name, partition))
      stored.owners.set(partition, token)
      return Promise.resolve(partitionFold(stored, { partition, token }, committing))
    },
  }
}

function partitionFold(
  stored: Stored,
  { partition, token }: { readonly partition: number; readonly token: number },
  { beforeCommit, nextVersion }: Committing,
): PartitionFold {
  return {
    get next() {
      return stored.checkpoint.get(partition) ?? 0
    },
    async commit({ writes, reads, next }: PartitionCommit) {
      await beforeCommit?.(stored.name, partition, token)
      if (stored.owners.get(partition) !== token) throw fenced(stored.name, partition)
      for (const [key, seen] of reads) if ((stored.documents.get(key)?.version ?? 0) !== seen) return false
      const documents = new Map(stored.documents)
      for (const [key, write] of writes) {
        const document = written(documents.get(key)?.document, write)
        if (document === undefined) documents.delete(key)
        else documents.set(key, { document, version: nextVersion() })
      }
      stored.documents = documents
      stored.checkpoint = new Map(stored.checkpoint).set(partition, next)
      for (const tell of stored.followers) tell(writes)
      return true
    },
  }
}

function written(document: StoredDocument | undefined, write: Write): StoredDocument | undefined {
  if (write.kind === 'put') return write.document
  if (write.kind === 'delete' || document === undefined) return undefined
  const copy = cloneJson(document) as Record<string, unknown>
  mergePatch(copy, write.patch)
  return copy
}

const listOf = (documents: ReadonlyMap<string, Versioned>, { prefix, after, limit }: List): readonly VersionedEntry[] =>
  [...documents.keys()]
    .filter((key) => key.startsWith(prefix) && (after === '' || key > after))
    .sort()
    .slice(0, limit)
    .map((key) => ({ key, ...documents.get(key)! }))

const fenced = (name: string, partition: number): MillraceError =>
  new MillraceError('STORE_FENCED', `partition ${partition} of read model '${name}' has been taken over by another instance`)
