import type { PartitionCommit, PartitionFold, Statement as TheirStatement } from '@millrace/core'
import { toByteaArray, toInt8Array } from '../database/binary-arrays.ts'
import type { Statement } from '../database/database.ts'
import { fromKeyBytes, toKeyBytes } from '../database/key-bytes.ts'
import { STATUS } from '../database/model-tables.ts'
import { fencedError, unavailable } from '../database/store-errors.ts'
import { execute, wantsAgain } from '../database/their-statements.ts'
import { CommitWrites, toJsonWrites, type JsonWrite } from './commit-writes.ts'
import { compact } from './compact.ts'
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
    const json = toJsonWrites(commit.writes)
    return this.#model.inTurn(() => this.#commit(commit, json))
  }

  async #commit(commit: PartitionCommit, json: ReadonlyMap<string, JsonWrite>): Promise<boolean> {
    const model = this.#model
    const { partition, generation } = this.#claimed
    if (generation !== model.generation) throw unavailable('a connection was lost since the partition was claimed; claim it again')
    for (const [key, seen] of commit.reads) if ((model.cache.versionOf(key) ?? 0) > seen) return false
    let answer = await this.#store(commit, json, new CommitWrites(json, model.cache))
    if (answer.status === STATUS.otherwise) answer = await this.#store(commit, json, new CommitWrites(json, undefined))
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
        model.committed({ number: Number(answer.number), partition, next: commit.next, writes: commit.writes, json })
        if (keys.length > 0) compact(model, keys)
        return true
    }
  }

  async #store(commit: PartitionCommit, json: ReadonlyMap<string, JsonWrite>, writes: CommitWrites): Promise<Answer> {
    const model = this.#model
    const { partition, token } = this.#claimed
    const told = toPieces([...json].map(([key, write]) => ({ key, ...write })))
    const call = {
      name: `commit ${model.id}`,
      text: `SELECT status, number, keys FROM ${model.names.commit(model.id)}($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
      values: [
        partition,
        token,
        this.#next,
        commit.next,
        toByteaArray([...commit.reads.keys()].map(toKeyBytes)),
        toInt8Array([...commit.reads.values()]),
        ...writes.parameters,
        model.sender,
        [...told],
      ],
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
