import { MillraceError } from '../errors.ts'
import { Signal } from '../internal/signal.ts'
import { fromText, toText } from '../position.ts'
import { toIssues } from '../schema.ts'
import type { CachedAnswer, Watcher } from '../projection/cached-answer.ts'
import type { Query } from '../projection/projection.ts'
import type { ProjectionLoop } from '../projection/projection-loop.ts'
import type { Answer, LiveOptions, LiveQuery, QueryOptions } from './running.ts'

const DEFAULT_TIMEOUT_MS = 5_000

interface Route {
  readonly query: Query
  readonly loop: ProjectionLoop
}

/** The way out: queries and live queries, answered from read models alone. */
export class Asking {
  readonly #routes: ReadonlyMap<string, Route>
  readonly #live = new Set<(error: Error) => void>()
  #closed: MillraceError | undefined

  constructor(loops: readonly ProjectionLoop[]) {
    this.#routes = new Map(
      loops.flatMap((loop) => Object.entries(loop.projection.queries).map(([name, query]) => [name, { query, loop }] as const)),
    )
  }

  async answer(name: string, input: unknown, options: QueryOptions = {}): Promise<Answer> {
    return (await this.#find(name, input, options)).get()
  }

  async live(name: string, input: unknown, options: LiveOptions): Promise<LiveQuery> {
    const answer = await this.#find(name, input, options)
    const end = (error: Error): void => {
      this.#live.delete(end)
      answer.unwatch(watcher)
      options.onEnd?.(error)
    }
    const watcher: Watcher = { seen: -1, isWaiting: false, onReady: options.onReady, onEnd: end }
    await answer.watch(watcher, options.resume)
    this.#live.add(end)
    return {
      next: () => answer.next(watcher),
      [Symbol.dispose]: () => {
        this.#live.delete(end)
        answer.unwatch(watcher)
      },
    }
  }

  async *watch(name: string, input: unknown, options: QueryOptions & { readonly signal?: AbortSignal } = {}): AsyncGenerator<unknown> {
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
    for (let last: string | undefined; !signal.aborted;) {
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
        yield JSON.parse(json)
      } else if (!isNew) await waiting
    }
  }

  close(): void {
    this.#closed = new MillraceError('APP_STOPPED', 'the app is stopping')
    for (const end of [...this.#live]) end(this.#closed)
  }

  async #find(name: string, input: unknown, { after, timeoutMs = DEFAULT_TIMEOUT_MS }: QueryOptions): Promise<CachedAnswer> {
    if (this.#closed !== undefined) throw this.#closed
    const route = this.#routes.get(name)
    if (route === undefined) {
      throw new MillraceError('QUERY_UNKNOWN', `there is no query '${name}' (known: ${[...this.#routes.keys()].join(', ')})`, {
        at: { query: name },
      })
    }
    const { query, loop } = route
    const checked = query.input['~standard'].validate(input)
    const result = checked instanceof Promise ? await checked : checked
    if (result.issues !== undefined) {
      const issues = toIssues(result.issues)
      const said = issues.map(({ path, message }) => `${path || '(whole)'}: ${message}`).join('; ')
      throw new MillraceError('QUERY_INVALID', `query ${name}: its input is not valid: ${said}`, { issues, at: { query: name } })
    }
    if (after !== undefined) await waitFor(name, loop, after, timeoutMs)
    if (loop.error !== undefined) throw loop.error
    return loop.answers.find(name, query, result.value)
  }
}

async function waitFor(name: string, loop: ProjectionLoop, after: NonNullable<QueryOptions['after']>, timeoutMs: number): Promise<void> {
  const text = typeof after === 'string' ? after : after.position
  const target = fromText(text)
  if (target === undefined)
    throw new MillraceError('POSITION_INVALID', `'${text.slice(0, 100)}' is no position; pass one from a receipt or an answer, unchanged`)
  if (await loop.reached(target, timeoutMs)) return
  if (loop.error !== undefined) throw loop.error
  throw new MillraceError(
    'QUERY_STALE',
    `query ${name}: its read model has not come to ${text} within ${timeoutMs} ms; it is at ${toText(loop.position)}. What was decided stands; ask again`,
    { at: { query: name, position: toText(loop.position) } },
  )
}
