import type { Answer, Change } from '../../app/running.ts'
import { composePatch, cloneJson } from '../../ports/merge-patch.ts'
import type { Write } from '../../ports/read-store.ts'
import { fromText, isReached } from '../../position.ts'
import type { AnswerContext, Tracked } from './answer-context.ts'
import { ChangeHistory } from './change-history.ts'
import { makeAnswer, type Question } from './make-answer.ts'
import { resumeToken, toResumed } from './resume-token.ts'
import { has, type Watcher } from './watcher.ts'
import { Watchers } from './watchers.ts'
import type { Query } from '../projection.ts'

type JsonObject = Record<string, unknown>

/** One answer: its JSON text as long as it stands, and the latest changes as long as somebody watches. */
export class CachedAnswer implements Tracked, Question {
  readonly #answers: AnswerContext
  readonly key: string
  readonly query: Query
  readonly input: unknown
  documents: readonly string[] = []
  prefixes: readonly string[] = []
  hasRows = false
  characters = 0
  #json = 'null'
  #etag = ''
  #isFresh = false
  #making: { readonly isExact: boolean; readonly done: Promise<void> } | undefined
  /** All changes up to `#madeAt` are in `#json`, and none after it: or no patch is told that could undo one of those. */
  #isExact = false
  /** It has been made of several reads, or is a document. */
  #isOfOneMoment = false
  /** The document that the answer is, as it stands: its patches are then the answer's. */
  #documentKey: string | undefined
  readonly #watchers: Watchers
  readonly #history = new ChangeHistory()
  /** Every change since the history began is in it, or pending. */
  #isFollowed = false
  /** What happened since the last change that was told: a patch that says it all, or `'anything'`. */
  #pending: JsonObject | 'anything' | undefined
  /** What the watchers have, where that is one text: telling them the same again is of no use. */
  #told: string | undefined
  /** Of `#json`: how far the read model was that it was made of, and how many changes had been told before. */
  #madeAt = { position: '', count: 0, asOfMs: -Infinity }
  #flushing = false
  #snapshot: Change | undefined
  #token = { position: '', text: '' }

  constructor(answers: AnswerContext, key: string, query: Query, input: unknown) {
    this.#answers = answers
    this.#watchers = new Watchers(answers.clock)
    this.key = key
    this.query = query
    this.input = input
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0
  }

  /** The answer as of now. Synchronous where it still stands. */
  get(): Answer | Promise<Answer> {
    return this.#isFresh ? this.#answerOf(this.#answers) : this.#made()
  }

  async #made(): Promise<Answer> {
    await this.#renew()
    return this.#answerOf(this.#isFresh ? this.#answers : this.#madeAt)
  }

  #answerOf({ position, asOfMs }: { readonly position: string; readonly asOfMs: number }): Answer {
    return { json: this.#json, etag: this.#etag, position, ageMs: Math.max(0, this.#answers.clock.nowMs() - asOfMs) }
  }

  /** A document it was made from changed; `write` is undefined where a list it was made from did. */
  changed(key: string, write: Write | undefined): void {
    this.#isFresh = false
    if (!this.#isFollowed) return
    if (this.#watchers.size === 0 && (write?.kind !== 'patch' || !this.#watchers.haveJustLeft)) {
      this.#isFollowed = false
      return
    }
    if (write?.kind !== 'patch' || key !== this.#documentKey) this.#pending = 'anything'
    else if (this.#pending === undefined) this.#pending = cloneJson(write.patch)
    else if (this.#pending !== 'anything' && !composePatch(this.#pending, write.patch)) this.#pending = 'anything'
    this.#scheduleFlush()
  }

  /** From now on `watcher` misses nothing: what changes while the answer is made is told afterwards. */
  async watch(watcher: Watcher, resume: string | undefined): Promise<void> {
    const isFirst = this.#watchers.size === 0
    if (!this.#isFollowed) this.#begin()
    this.#watchers.add(watcher)
    try {
      await this.#renew(true)
      if (isFirst && this.#pending === undefined) this.#told = this.#json
      if (this.#pending !== undefined) await this.#flush()
    } catch (error) {
      this.unwatch(watcher)
      throw error
    }
    this.#stand()
    this.#resume(watcher, resume)
  }

  unwatch(watcher: Watcher): void {
    this.#watchers.delete(watcher)
  }

  /**
   * The next change for `watcher`: those it has not seen, one by one; or all anew, as of some time ago, to be followed by
   * the changes since.
   */
  next(watcher: Watcher): Change | undefined {
    const history = this.#history
    while (watcher.seen >= history.before && watcher.seen < history.count && has(watcher, history.after(watcher.seen))) watcher.seen++
    if (watcher.seen === history.count) {
      watcher.isWaiting = true
      return undefined
    }
    if (watcher.seen >= history.before) {
      const change = history.after(watcher.seen++)
      watcher.position = change.position
      return change
    }
    if (this.#madeAt.count < history.before || !this.#isExact) {
      watcher.isWaiting = true
      this.#remake()
      return undefined
    }
    this.#stand()
    watcher.seen = this.#madeAt.count
    const { position } = this.#madeAt
    if (this.#snapshot?.json !== this.#json || this.#snapshot.position !== position)
      this.#snapshot = { kind: 'snapshot', json: this.#json, position }
    watcher.position = position
    watcher.ahead = fromText(position)
    return this.#snapshot
  }

  /** What `watcher` resumes with: it has all up to the last change it was given, or up to now where nothing waits for it. */
  tokenOf(watcher: Watcher): string {
    const isAllTold =
      this.#watchers.has(watcher) &&
      watcher.seen === this.#history.count &&
      this.#pending === undefined &&
      !this.#flushing &&
      this.#making === undefined
    if (isAllTold && isUpTo(watcher.position, this.#answers.position)) watcher.position = this.#answers.position
    if (watcher.seen < 0) return ''
    // One text for all who have come as far: they ask for it with every change.
    if (this.#token.position !== watcher.position)
      this.#token = { position: watcher.position, text: resumeToken(watcher.position, this.#answers.instance) }
    return this.#token.text
  }

  end(error: Error): void {
    this.#watchers.end(error)
    this.#isFollowed = false
  }

  drop(): void {
    this.#isFresh = false
    this.documents = []
    this.prefixes = []
    this.hasRows = false
  }

  /** Somebody watches again: what was not told to those before is in the snapshot, or older. */
  #begin(): void {
    this.#isFollowed = true
    this.#pending = undefined
    this.#history.begin(this.#answers.position)
    this.#told = undefined
    this.#madeAt = { ...this.#madeAt, count: this.#isFresh ? this.#history.count : -1 }
  }

  /** Where the changes since are not all known, or are those of another read model, it begins anew. */
  #resume(watcher: Watcher, resume: string | undefined): void {
    if (resume === undefined) return
    const { position, instance } = toResumed(resume)
    const seen =
      instance === undefined
        ? this.#history.at(position)
        : instance === this.#answers.instance
          ? this.#history.reached(position)
          : undefined
    if (seen === undefined) return
    watcher.seen = seen
    watcher.position = position
    watcher.ahead = fromText(position)
  }

  /** The changes since the answer was made are no longer all there: makes it anew for those who lag so far. */
  #remake(): void {
    this.#make(true).then(
      () => this.#watchers.wake(this.#history.count, this.#answers.clock.nowMs()),
      (error: unknown) => this.end(error as Error),
    )
  }

  #scheduleFlush(): void {
    if (this.#flushing) return
    this.#flushing = true
    const { restMs } = this.#watchers
    const flush = (): void => {
      this.#flush()
        .catch((error: unknown) => this.end(error as Error))
        .finally(() => {
          this.#flushing = false
          if (this.#pending !== undefined && this.#isFollowed) this.#scheduleFlush()
        })
    }
    if (restMs < 1) queueMicrotask(flush)
    else this.#answers.clock.after(restMs, flush)
  }

  /** Makes one change of all that is pending, and tells those who wait. */
  async #flush(): Promise<void> {
    const startMs = this.#answers.clock.nowMs()
    const pending = this.#pending
    this.#pending = undefined
    if (pending === undefined) return
    if (pending !== 'anything') this.#add({ kind: 'patch', json: JSON.stringify(pending), position: this.#answers.position })
    else {
      if (!this.#isFresh || !this.#isExact) await this.#make(true)
      if (this.#json !== this.#told) {
        this.#told = this.#json
        this.#add({ kind: 'snapshot', json: this.#json, position: this.#madeAt.position })
      }
    }
    await this.#watchers.wake(this.#history.count, startMs)
  }

  #add(change: Change): void {
    if (change.kind === 'patch') this.#told = undefined
    this.#history.add(change, this.#json.length)
  }

  /** Makes it of what there is by now: one that is being made already may have been read before what the asker is to see. */
  async #renew(isExact = false): Promise<void> {
    if (this.#isFresh && (this.#isExact || !isExact)) return
    await this.#making?.done.catch(() => undefined)
    if (!this.#isFresh || (isExact && !this.#isExact)) await this.#make(isExact)
  }

  /** An answer that still stands is as new as the read model is, and holds all changes. */
  #stand(): void {
    if (!this.#isFresh || this.#pending !== undefined) return
    const { position } = this.#madeAt
    const now = this.#now()
    this.#madeAt = isUpTo(position, now.position) ? now : { ...now, position }
  }

  #now(): { readonly position: string; readonly count: number; readonly asOfMs: number } {
    const { position, asOfMs } = this.#answers
    return { position, count: this.#history.count, asOfMs }
  }

  /** `isExact`: for those who watch. */
  async #make(isExact: boolean): Promise<void> {
    while (this.#making !== undefined && isExact && !this.#making.isExact) await this.#making.done.catch(() => undefined)
    this.#making ??= { isExact, done: this.#makeAnew(isExact).finally(() => (this.#making = undefined)) }
    await this.#making.done
  }

  async #makeAnew(isExact: boolean): Promise<void> {
    const answers = this.#answers
    const now = this.#now()
    const made = await makeAnswer(answers, this, { isExact, isOfOneMoment: this.#isOfOneMoment })
    this.#isOfOneMoment = made.isOfOneMoment
    this.#isExact = made.isExact
    const { json, reader } = made
    if (json !== this.#json || this.#etag === '') {
      this.#json = json
      this.#etag = answers.nextEtag()
    }
    this.#madeAt = { ...now, position: made.position ?? now.position }
    this.#documentKey = reader.keyOf(made.result)
    // What changes in these has been told as it came.
    const [documents, prefixes] = [new Set(this.documents), new Set(this.prefixes)]
    const isTold =
      documents.isSupersetOf(new Set(reader.documents.keys())) &&
      prefixes.isSupersetOf(reader.prefixes) &&
      (this.hasRows || reader.rowReads === 0)
    answers.track(this, reader, json.length)
    answers.making.delete(reader)
    this.#isFresh = !reader.isOutdated
    if (this.#isFresh || isTold || !this.#isFollowed) return
    this.#pending = 'anything'
    this.#scheduleFlush()
  }
}

/** Whether `position` is not after `other`. Both are of this read model: its positions are in one line. */
const isUpTo = (position: string, other: string): boolean => position === other || isReached(fromText(other)!, fromText(position)!)
