import type { QueryResultRow } from 'pg'
import type { Statement } from '../database/database.ts'
import type { Names } from '../database/schema.ts'

/** Commits that go in one statement, at most. */
const MAX_COMMITS = 8
/** Documents that they write, at most: a large commit goes by itself, so that small ones need not wait for it twice. */
const MAX_WRITES = 500
/** What the function takes. */
const PARAMETERS = 16

/** What the function answers. */
export interface Answer extends QueryResultRow {
  readonly status: number
  readonly number: string
  readonly keys: readonly Buffer[] | null
}

/** A commit that waits for its turn. */
export interface WaitingCommit {
  /** By key. */
  readonly writes: ReadonlyMap<string, unknown>
  /** It has a transaction of its own. */
  readonly isAlone: boolean
  /** Whether it depends on what a document is that is in `written`. */
  dependsOn(written: ReadonlySet<string>): boolean
  /** What the function is called with, or undefined where it is settled already. */
  begin(): readonly unknown[] | undefined
  /** For one that goes alone: asks, and what else there is to it. */
  readonly store?: ((call: Statement) => Promise<readonly Answer[]>) | undefined
  /** False where it is to be begun once more. Never rejects. */
  settle(answer: Answer): Promise<boolean>
  fail(error: unknown): void
}

interface QueuedModel {
  readonly id: number
  readonly names: Names
  ask(statement: Statement): Promise<readonly Answer[]>
}

/**
 * The commits of one model that are made here, one statement at a time: commits would only wait for each other there. Those
 * of several partitions that have come together meanwhile go in one, and so in one transaction: each is stored or not as if
 * it had come alone, after those before it.
 */
export class CommitQueue {
  readonly #model: QueuedModel
  #waiting: WaitingCommit[] = []
  #isWorking = false

  constructor(model: QueuedModel) {
    this.#model = model
  }

  add(commit: WaitingCommit): void {
    this.#waiting.push(commit)
    if (!this.#isWorking) void this.#work()
  }

  async #work(): Promise<void> {
    this.#isWorking = true
    while (this.#waiting.length > 0) {
      const again = await this.#store(this.#take())
      this.#waiting.unshift(...again)
    }
    this.#isWorking = false
  }

  /** The first, and those behind it that may go with it. */
  #take(): readonly WaitingCommit[] {
    const taken: WaitingCommit[] = []
    const left: WaitingCommit[] = []
    const written = new Set<string>()
    let size = 0
    for (const commit of this.#waiting) {
      const [first] = taken
      const isTaken =
        first === undefined ||
        (!first.isAlone &&
          !commit.isAlone &&
          taken.length < MAX_COMMITS &&
          size + commit.writes.size <= MAX_WRITES &&
          !commit.dependsOn(written))
      if (!isTaken) {
        left.push(commit)
        continue
      }
      taken.push(commit)
      size += commit.writes.size
      for (const key of commit.writes.keys()) written.add(key)
    }
    this.#waiting = left
    return taken
  }

  /** Gives those that are to be begun once more. */
  async #store(commits: readonly WaitingCommit[]): Promise<readonly WaitingCommit[]> {
    const begun: WaitingCommit[] = []
    const calls: (readonly unknown[])[] = []
    for (const commit of commits) {
      const call = commit.begin()
      if (call === undefined) continue
      begun.push(commit)
      calls.push(call)
    }
    if (begun.length === 0) return []
    let answers: readonly Answer[]
    try {
      answers = await this.#ask(begun[0]!, calls)
    } catch (error) {
      // Nothing of it was stored, or that is not known: each finds out.
      const again: WaitingCommit[] = []
      if (begun.length === 1) begun[0]!.fail(error)
      else for (const commit of begun) again.push(...(await this.#store([commit])))
      return again
    }
    const isSettled = await Promise.all(begun.map((commit, at) => commit.settle(answers[at]!)))
    return begun.filter((_commit, at) => !isSettled[at])
  }

  #ask(first: WaitingCommit, calls: readonly (readonly unknown[])[]): Promise<readonly Answer[]> {
    const { id, names } = this.#model
    const call = (at: number): string => {
      const parameters = Array.from({ length: PARAMETERS }, (_, index) => `$${at * PARAMETERS + index + 1}`)
      return `SELECT status, number, keys FROM ${names.commit(id)}(${parameters.join(', ')})`
    }
    // One after the other, in their order; and what one has written is there for the next.
    const text = calls.map((_call, at) => call(at)).join(' UNION ALL ')
    const statement = { name: `commit ${id} x${calls.length}`, text, values: calls.flat() }
    if (first.store !== undefined) return first.store(statement)
    return this.#model.ask(statement)
  }
}
