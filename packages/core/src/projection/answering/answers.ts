import { PrefixIndex } from '../../internal/prefix-index.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ReadModel, StoredReader } from '../../ports/read-store.ts'
import type { SharedReadModel, ToldWrites } from '../../ports/shared-read-store.ts'
import { toText, type Position } from '../../position.ts'
import type { AnswerContext } from './answer-context.ts'
import { CachedAnswer } from './cached-answer.ts'
import type { Query } from '../projection.ts'
import type { TrackingReader } from './tracking-reader.ts'

/** Answers kept, and the characters of JSON in them, at most: those that are watched are kept in any case. */
const MAX_ANSWERS = 4_096
const MAX_CHARACTERS = 64 * 1024 * 1024

/** What `Answers` needs of the loop that writes the read model. */
export interface AnswerSource {
  readonly position: Position
  /** The latest moment, in epoch milliseconds, of which all that was in the log is in it; -Infinity where none is known. */
  readonly asOfMs: number
}

/**
 * The answers of one read model. An answer is made when somebody asks, kept as JSON text, and made anew when a document
 * changed that it was made from. So a thousand people who ask the same cost little more than one.
 */
export class Answers implements AnswerContext {
  readonly #source: AnswerSource
  readonly #model: ReadModel | SharedReadModel
  readonly clock: Clock
  readonly #answers = new Map<string, CachedAnswer>()
  readonly #byDocument = new Map<string, Set<CachedAnswer>>()
  readonly #byPrefix = new PrefixIndex<CachedAnswer>()
  /** Made from rows: of which ones nobody knows, so every statement may change them. */
  readonly #byRows = new Set<CachedAnswer>()
  /** Etags, and where to resume, of another start say nothing here. */
  readonly instance: string = crypto.randomUUID().slice(0, 8)
  #characters = 0
  #made = 0
  #positionText: { readonly position: Position; readonly text: string } | undefined
  #still: Promise<void> | undefined
  #committing: Promise<void> | undefined
  /** Reading for answers that are being made. */
  readonly making: Set<TrackingReader> = new Set()
  #ended: Error | undefined

  constructor(source: AnswerSource, model: ReadModel | SharedReadModel, clock: Clock) {
    this.#source = source
    this.#model = model
    this.clock = clock
  }

  get model(): StoredReader {
    return this.#model
  }

  /** Others may commit at any time. */
  get isShared(): boolean {
    return 'snapshot' in this.#model
  }

  get ended(): Error | undefined {
    return this.#ended
  }

  /** Another object after every commit: what is read under one is of one moment. */
  get checkpoint(): Position {
    return this.#model.checkpoint
  }

  /** How far the read model is, as text. */
  get position(): string {
    const { position } = this.#source
    if (this.#positionText?.position !== position) this.#positionText = { position, text: toText(position) }
    return this.#positionText.text
  }

  get asOfMs(): number {
    return this.#source.asOfMs
  }

  /** The answer to `query` with `input`, which may be stale or not made yet. */
  find(name: string, query: Query, input: unknown): CachedAnswer {
    const key = `${name} ${JSON.stringify(input)}`
    let answer = this.#answers.get(key)
    if (answer === undefined) {
      answer = new CachedAnswer(this, key, query, input)
      this.#answers.set(key, answer)
      this.#evict()
    } else if (this.#answers.size > MAX_ANSWERS / 2) {
      this.#answers.delete(key)
      this.#answers.set(key, answer)
    }
    return answer
  }

  nextEtag(): string {
    return `"${this.instance}-${(++this.#made).toString(36)}"`
  }

  /** Notes what an answer was made from, in place of what it was made from before. */
  track(answer: CachedAnswer, { documents, prefixes, rowReads }: TrackingReader, characters: number): void {
    this.untrack(answer)
    answer.documents = [...documents.keys()]
    answer.prefixes = [...prefixes]
    answer.hasRows = rowReads > 0
    if (answer.hasRows) this.#byRows.add(answer)
    for (const key of answer.documents) addTo(this.#byDocument, key, answer)
    for (const prefix of answer.prefixes) this.#byPrefix.add(prefix, answer)
    answer.characters = characters
    this.#characters += characters
  }

  untrack(answer: CachedAnswer): void {
    for (const key of answer.documents) removeFrom(this.#byDocument, key, answer)
    for (const prefix of answer.prefixes) this.#byPrefix.delete(prefix, answer)
    this.#byRows.delete(answer)
    this.#characters -= answer.characters
    answer.characters = 0
  }

  /** Tells the answers what has been stored. */
  committed(writes: ToldWrites, hasStatements: boolean): void {
    if (hasStatements) {
      for (const reader of this.making) reader.noteStatements()
      for (const answer of this.#byRows) answer.changed('', undefined)
    }
    for (const [key, write] of writes) {
      for (const reader of this.making) reader.noteChange(key)
      for (const answer of this.#byDocument.get(key) ?? []) answer.changed(key, write)
      for (const answer of this.#byPrefix.of(key)) answer.changed(key, undefined)
    }
  }

  /** Any document may have changed. */
  changed(): void {
    for (const reader of this.making) reader.isOutdated = true
    for (const answer of this.#answers.values()) answer.changed('', undefined)
  }

  /** Runs a commit of the read model: between two queries that need it still. */
  async commit(store: () => Promise<void>): Promise<void> {
    while (this.#still !== undefined) await this.#still
    const stored = store()
    this.#committing = settled(stored)
    try {
      await stored
    } finally {
      this.#committing = undefined
    }
  }

  /** Keeps the read model still while `work` reads it, and says how far it is. For reads that must fit each other. */
  async still<T>(work: (model: StoredReader, position: Position) => Promise<T>): Promise<T> {
    if ('snapshot' in this.#model) return this.#model.snapshot(work)
    while (this.#still !== undefined || this.#committing !== undefined) await (this.#still ?? this.#committing)
    // Not the loop's own position: that follows a commit a moment later.
    const running = work(this.#model, this.#model.checkpoint)
    this.#still = settled(running)
    try {
      return await running
    } finally {
      this.#still = undefined
    }
  }

  /** Those who watch are to look elsewhere; who comes later is answered as ever. */
  endWatching(reason: Error): void {
    for (const answer of this.#answers.values()) answer.end(reason)
  }

  /** The read model can't go on: so can't those who watch it. */
  end(error: Error): void {
    this.#ended = error
    for (const answer of this.#answers.values()) answer.end(error)
  }

  #evict(): void {
    if (this.#answers.size <= MAX_ANSWERS && this.#characters <= MAX_CHARACTERS) return
    for (const [key, answer] of this.#answers) {
      if (this.#answers.size <= MAX_ANSWERS * 0.9 && this.#characters <= MAX_CHARACTERS * 0.9) return
      if (answer.isWatched) continue
      this.untrack(answer)
      answer.drop()
      this.#answers.delete(key)
    }
  }
}

const settled = (promise: Promise<unknown>): Promise<void> =>
  promise.then(
    () => undefined,
    () => undefined,
  )

function addTo(index: Map<string, Set<CachedAnswer>>, key: string, answer: CachedAnswer): void {
  const known = index.get(key)
  if (known === undefined) index.set(key, new Set([answer]))
  else known.add(answer)
}

function removeFrom(index: Map<string, Set<CachedAnswer>>, key: string, answer: CachedAnswer): void {
  const known = index.get(key)
  known?.delete(answer)
  if (known?.size === 0) index.delete(key)
}
