import type { PartitionCommit, PartitionFold, Statement as TheirStatement } from '@millrace/core'
import { toByteaArray, toInt8Array } from '../database/binary-arrays.ts'
import type { Statement } from '../database/database.ts'
import { fromKeyBytes, toKeyBytes } from '../database/key-bytes.ts'
import { STATUS } from '../database/model-tables.ts'
import { fencedError, unavailable } from '../database/store-errors.ts'
import { executeAll, wantsAgain } from '../database/their-statements.ts'
import { CommitWrites, toJsonWrites, type JsonWrite } from './commit-writes.ts'
import { compact } from './compact.ts'
import type { DocumentCache } from './document-cache.ts'
import type { Answer } from './commit-queue.ts'
import type { FoldedModel } from './folded-model.ts'
import { toPieces } from './told.ts'

interface Claimed {
  readonly partition: number
  readonly token: number
  /** Of the database's connections: when one is lost, it is claimed again. */
  readonly generation: number
  readonly next: number
}

/** A commit as far as it can be made ready before its turn. */
interface Prepared {
  readonly json: ReadonlyMap<string, JsonWrite>
  readonly writes: CommitWrites
  readonly parameters: readonly Buffer[]
  readonly reads: readonly Buffer[]
  readonly told: readonly string[]
}

function prepare({ writes: asked, reads }: PartitionCommit, cache: DocumentCache): Prepared {
  const json = toJsonWrites(asked)
  const writes = new CommitWrites(json, cache)
  return {
    json,
    writes,
    parameters: writes.toParameters(),
    reads: [toByteaArray([...reads.keys()].map(toKeyBytes)), toInt8Array([...reads.values()])],
    told: toPieces([...json].map(([key, write]) => ({ key, ...write }))),
  }
}

export class PostgresPartitionFold implements PartitionFold {
  readonly #model: FoldedModel
  readonly #claimed: Claimed
  #next: number

  constructor(model: FoldedModel, claimed: Claimed) {
    this.#model = model
    this.#claimed = claimed
    this.#next = claimed.next
  }

  get next(): number {
    return this.#next
  }

  commit(commit: PartitionCommit): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>()
    const model = this.#model
    const { writes, reads, statements = [] } = commit
    const prepared = prepare(commit, model.cache) // while others' commits are under way
    const needed = [...reads.keys(), ...[...writes].flatMap(([key, { kind }]) => (kind === 'patch' ? [key] : []))]
    let isMerging = true
    let stored = prepared.writes
    model.queue.add({
      writes,
      // Some wait for the disk, which all would have to that go with them.
      isAlone: statements.length > 0 || commit.next === this.#next,
      dependsOn: (written) => needed.some((key) => written.has(key)),
      begin: () => {
        if (this.#claimed.generation !== model.generation) {
          reject(unavailable('a connection was lost since the partition was claimed; claim it again'))
          return undefined
        }
        for (const [key, seen] of reads) {
          if ((model.cache.versionOf(key) ?? 0) <= seen) continue
          resolve(false)
          return undefined
        }
        const isReady = isMerging && !prepared.writes.isOutdated(model.cache)
        stored = isReady ? prepared.writes : new CommitWrites(prepared.json, isMerging ? model.cache : undefined)
        return this.#toCall(commit, prepared, isReady ? prepared.parameters : stored.toParameters())
      },
      ...(statements.length > 0 && { store: (call: Statement) => this.#storeWith(call, statements) }),
      settle: async (answer) => {
        const keys = (answer.keys ?? []).map(fromKeyBytes)
        if (answer.status === STATUS.otherwise) {
          for (const key of keys) model.cache.forget(key)
          isMerging = false
          return false
        }
        await this.#settle(commit, answer, { keys, json: stored.outcome(prepared.json) }).then(resolve, reject)
        return true
      },
      fail: reject,
    })
    return promise
  }

  async #settle(
    commit: PartitionCommit,
    { status, number }: Answer,
    { keys, json }: { readonly keys: readonly string[]; readonly json: ReadonlyMap<string, JsonWrite> },
  ): Promise<boolean> {
    const model = this.#model
    const { partition } = this.#claimed
    switch (status) {
      case STATUS.fenced:
        throw fencedError(model.name, partition)
      case STATUS.moved:
        throw unavailable(`partition ${partition} of read model '${model.name}' was folded further than its owner knows; claim it again`)
      case STATUS.conflict:
        for (const key of keys) model.cache.forget(key)
        // They are asked for next.
        await Promise.all(keys.map((key) => model.loader.load(key)))
        return false
      default:
        this.#next = commit.next
        model.committed({ number: Number(number), partition, next: commit.next, writes: commit.writes, json })
        if (keys.length > 0) compact(model, keys)
        return true
    }
  }

  #toCall({ next }: PartitionCommit, { reads, told }: Prepared, parameters: readonly Buffer[]): readonly unknown[] {
    const { partition, token } = this.#claimed
    return [partition, token, this.#next, next, ...reads, ...parameters, this.#model.sender, [...told]]
  }

  /** The same with statements, in one transaction: first of all it locks the model, so no two commits of one wait for each other's rows. */
  async #storeWith(call: Statement, statements: readonly TheirStatement[]): Promise<readonly Answer[]> {
    try {
      return await this.#model.commitWith(async (ask) => {
        const answers = await ask<Answer>(call)
        if (answers[0]!.status === STATUS.stored) await executeAll(ask, statements)
        return answers
      })
    } catch (error) {
      if (wantsAgain(error)) return [{ status: STATUS.conflict, number: '0', keys: null }]
      throw error
    }
  }
}
