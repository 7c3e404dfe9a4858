import { MillraceError } from '../errors.ts'
import { Signal } from '../internal/signal.ts'
import { toIssues } from '../schema.ts'
import type { CachedAnswer } from '../projection/answering/cached-answer.ts'
import type { Watcher } from '../projection/answering/watcher.ts'
import type { Query } from '../projection/projection.ts'
import type { ProjectionLoop } from '../projection/projection-loop.ts'
import type { ReadModelBuilds } from '../projection/builds/read-model-builds.ts'
import type { LogMarks } from '../projection/answering/log-marks.ts'
import type { Clock } from '../ports/clock.ts'
import type { App } from './app.ts'
import { answerAsOf } from './as-of.ts'
import { Freshness } from './freshness.ts'
import { answersQueries, queriesElsewhere, type Role } from './role.ts'
import type { Answer, LiveOptions, LiveQuery, QueryOptions } from './running.ts'

interface Route {
  readonly query: Query
  readonly loop: ProjectionLoop
}

interface Checked extends Route {
  readonly name: string
  readonly value: unknown
}

export interface AskingContext {
  readonly app: App
  readonly role: Role
  readonly builds: readonly ReadModelBuilds[]
  readonly marks: LogMarks
  readonly clock: Clock
}

type WatchOptions = QueryOptions & { readonly signal?: AbortSignal }

/** The way out: queries and live queries, answered from read models alone. */
export class Asking {
  /** By query. */
  readonly #builds: ReadonlyMap<string, ReadModelBuilds>
  /** Queries that other instances answer. */
  readonly #elsewhere: ReadonlySet<string>
  readonly #live = new Set<(error: Error) => void>()
  #closed: MillraceError | undefined

  readonly #marks: LogMarks
  readonly #clock: Clock
  readonly #freshness: Freshness

  constructor({ app, role, builds, marks, clock }: AskingContext) {
    this.#marks = marks
    this.#clock = clock
    this.#freshness = new Freshness(marks, clock)
    const isHere = answersQueries(role)
    const here = isHere ? builds : []
    this.#builds = new Map(here.flatMap((each) => Object.keys(each.projection.queries).map((name) => [name, each] as const)))
    this.#elsewhere = new Set(isHere ? [] : app.projections.flatMap(({ queries }) => Object.keys(queries)))
  }

  async answer(name: string, input: unknown, options: QueryOptions = {}): Promise<Answer> {
    const renewed = this.#elsewhere.has(name) ? undefined : this.#marks.renew()
    if (renewed !== undefined) await renewed
    const { asOf } = options
    if (asOf === undefined) return (await this.#find(name, input, options)).get()
    const checked = await this.#check(name, input)
    return answerAsOf(checked, { ...options, asOf }, { freshness: this.#freshness, clock: this.#clock })
  }

  async live(name: string, input: unknown, options: LiveOptions): Promise<LiveQuery> {
    const answer = await this.#find(name, input, options)
    const end = (error: Error): void => {
      this.#live.delete(end)
      answer.unwatch(watcher)
      options.onEnd?.(error)
    }
    const watcher: Watcher = { seen: -1, position: '', ahead: undefined, isWaiting: false, onReady: options.onReady, onEnd: end }
    await answer.watch(watcher, options.resume)
    this.#live.add(end)
    return {
      next: () => answer.next(watcher),
      get resume() {
        return answer.tokenOf(watcher)
      },
      [Symbol.dispose]: () => {
        this.#live.delete(end)
        answer.unwatch(watcher)
      },
    }
  }

  async *watch(name: string, input: unknown, options: WatchOptions = {}): AsyncGenerator<unknown> {
    let last: string | undefined
    for (;;) {
      try {
        for await (const json of this.#watchBuild(name, input, options, last)) {
          last = json
          yield JSON.parse(json)
        }
        return
      } catch (error) {
        if (!(error instanceof MillraceError && error.code === 'READ_MODEL_SWITCHED')) throw error
      }
    }
  }

  /** As JSON, and after `last`, until another build serves. */
  async *#watchBuild(name: string, input: unknown, options: WatchOptions, last: string | undefined): AsyncGenerator<string> {
    const { signal = new AbortController().signal } = options
    const ready = new Signal()
    const answer = await this.#find(name, input, options)
    let ended: Error | undefined
    using live = await this.live(name, input, {
      ...options,
      onReady: () => ready.fire(),
      onEnd: (error) => {
        ended = error
        ready.fire()
      },
    })
    while (!signal.aborted) {
      const waiting = ready.wait(signal)
      let isNew = false
      while (live.next() !== undefined) isNew = true
      if (ended !== undefined) {
        if (ended instanceof MillraceError && ended.code === 'APP_STOPPED') return
        throw ended
      }
      const { json } = isNew ? await answer.get() : { json: last }
      if (json !== undefined && json !== last) {
        last = json
        yield json
      } else if (!isNew) await waiting
    }
  }

  close(): void {
    this.#closed = new MillraceError('APP_STOPPED', 'the app is stopping')
    for (const end of [...this.#live]) end(this.#closed)
  }

  async #find(name: string, input: unknown, options: QueryOptions): Promise<CachedAnswer> {
    if (options.asOf !== undefined) throw new TypeError(`query ${name}: asOf: a live query is of now; ask once for what was`)
    const { query, loop, value } = await this.#check(name, input)
    await this.#freshness.wait(name, loop, options)
    if (loop.error !== undefined) throw loop.error
    return loop.answers.find(name, query, value)
  }

  async #check(name: string, input: unknown): Promise<Checked> {
    if (this.#closed !== undefined) throw this.#closed
    const { query, loop } = this.#route(name)
    const checked = query.input['~standard'].validate(input)
    const result = checked instanceof Promise ? await checked : checked
    if (result.issues !== undefined) {
      const issues = toIssues(result.issues)
      const said = issues.map(({ path, message }) => `${path || '(whole)'}: ${message}`).join('; ')
      throw new MillraceError('QUERY_INVALID', `query ${name}: its input is not valid: ${said}`, { issues, at: { query: name } })
    }
    return { name, query, loop, value: result.value }
  }

  /** What answers a query now. */
  #route(name: string): Route {
    const at = { query: name }
    if (this.#elsewhere.has(name)) throw queriesElsewhere(`query ${name} is not answered here`, at)
    const builds = this.#builds.get(name)
    if (builds === undefined) {
      const known = [...this.#builds.keys(), ...this.#elsewhere].join(', ')
      throw new MillraceError('QUERY_UNKNOWN', `there is no query '${name}' (known: ${known})`, { at })
    }
    const loop = builds.serving
    const query = loop.projection.queries[name]
    if (query !== undefined) return { query, loop }
    const { version } = builds.projection
    throw new MillraceError('READ_MODEL_BUILDING', `query ${name} comes with version ${version} of its read model, which is being built`, {
      at,
    })
  }
}
