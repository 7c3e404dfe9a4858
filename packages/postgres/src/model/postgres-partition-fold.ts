import type { PartitionCommit, PartitionFold, Statement as TheirStatement } from '@millrace/core'
import { toByteaArray, toInt8Array } from '../database/binary-arrays.ts'
import type { Statement } from '../database/database.ts'
import { fromKeyBytes, toKeyBytes } from '../database/key-bytes.ts'
import { STATUS } from '../database/model-tables.ts'
import { fencedError, unavailable } from '../database/store-errors.ts'
import { execute, wantsAgain } from '../database/their-statements.ts'
import { CommitWrites, toJsonWrites, type JsonWrite } from './commit-writes.ts'
import { compact } from './compact.ts'
import type { DocumentCache } from './document-cache.ts'
import type { FoldedModel } from './folded-model.ts'
import { toPieces } from './told.ts'

interface Claimed {
  readonly partition: number
  readonly token: number
  /** Of the database's connections: when one is lost, it is claimed again. */
  readonly generation: number
  readonly next: number
}

interface Answer {
  readonly status: number
  readonly number: string
  readonly keys: readonly Buffer[] | null
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
    const prepared = prepare(commit, this.#model.cache) // while others' commits are under way
    return this.#model.inTurn(() => this.#commit(commit, prepared))
  }

  async #commit(commit: PartitionCommit, prepared: Prepared): Promise<boolean> {
    const model = this.#model
    const { partition, generation } = this.#claimed
    if (generation !== model.generation) throw unavailable('a connection was lost since the partition was claimed; claim it again')
    for (const [key, seen] of commit.reads) if ((model.cache.versionOf(key) ?? 0) > seen) return false
    let writes = prepared.writes.isOutdated(model.cache) ? new CommitWrites(prepared.json, model.cache) : prepared.writes
    let answer = await this.#store(commit, prepared, writes === prepared.writes ? prepared.parameters : writes.toParameters())
    if (answer.status === STATUS.otherwise) {
      for (const key of answer.keys ?? []) model.cache.forget(fromKeyBytes(key))
      writes = new CommitWrites(prepared.json, undefined)
      answer = await this.#store(commit, prepared, writes.toParameters())
    }
    const keys = (answer.keys ?? []).map(fromKeyBytes)
    switch (answer.status) {
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
        model.committed({
          number: Number(answer.number),
          partition,
          next: commit.next,
          writes: commit.writes,
          json: writes.outcome(prepared.json),
        })
        if (keys.length > 0) compact(model, keys)
        return true
    }
  }

  async #store(commit: PartitionCommit, { reads, told }: Prepared, parameters: readonly Buffer[]): Promise<Answer> {
    const model = this.#model
    const { partition, token } = this.#claimed
    const call = {
      name: `commit ${model.id}`,
      text: `SELECT status, number, keys FROM ${model.names.commit(model.id)}($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
      values: [partition, token, this.#next, commit.next, ...reads, ...parameters, model.sender, [...told]],
    }
    const { statements = [] } = commit
    if (statements.length === 0) {
      const [answer] = await model.ask<Answer & Readonly<Record<string, unknown>>>(call)
      return answer!
    }
    return this.#storeWith(call, statements)
  }

  /** The same with statements, in one transaction: first of all it locks the model, so no two commits of one wait for each other's rows. */
  async #storeWith(call: Statement, statements: readonly TheirStatement[]): Promise<Answer> {
    try {
      return await this.#model.commitWith(async (ask) => {
        const [answer] = await ask<Answer & Readonly<Record<string, unknown>>>(call)
        if (answer!.status === STATUS.stored) for (const [at, statement] of statements.entries()) await execute(ask, statement, at)
        return answer!
      })
    } catch (error) {
      if (wantsAgain(error)) return { status: STATUS.conflict, number: '0', keys: null }
      throw error
    }
  }
}
