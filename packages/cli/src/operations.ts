/** The operations of an app over HTTP: `/ops/read-models` and `/ops/parked`. */
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'

export interface Build {
  readonly projection: string
  readonly version: string
  readonly role: 'serving' | 'building' | 'kept'
  readonly state: string
  /** Records of the log that it has not folded yet. */
  readonly behind: number
  readonly perSecond: number
  /** Null where nothing can be said. */
  readonly secondsLeft: number | null
  /** Why it stopped. */
  readonly error?: string
}

export interface Verified {
  readonly position: string
  readonly records: number
  readonly documents: number
  /** Where the projection has tables. */
  readonly rows?: number
  readonly differing: number
  /** The first of them. What was found is JSON text, left out where there is nothing; `other` is what the log gives. */
  readonly differences: readonly {
    readonly table?: string
    readonly key: string
    readonly path: string
    readonly served?: string
    readonly other?: string
  }[]
}

export interface Progress {
  readonly step: string
  readonly done: number
  readonly total: number
}

export interface Parked {
  /** What other clients wrote and is no command: it was passed over. The latest, newest first. */
  readonly commands: readonly {
    readonly partition: number
    readonly offset: number
    readonly timeMs: number
    readonly reason: string
    readonly type?: string
    readonly key?: string
  }[]
  /** Keys that wait, of projections and reactors. */
  readonly events: readonly ParkedKey[]
  /** The partitions of which the instance that was asked does not know what waits of reactors: others own their shards. */
  readonly unknown: readonly number[]
}

export interface ParkedKey {
  readonly reader: string
  readonly kind: 'projection' | 'reactor'
  /** Of a projection: which build. */
  readonly version?: string
  readonly partition: number
  readonly key: string
  /** Of the first event that waits, and its type. */
  readonly offset: number
  readonly type: string
  /** Of a reactor they are not counted. */
  readonly waiting?: number
  readonly sinceMs: number
  readonly attempts: number
  readonly reason: string
  /** A retry may do twice what an instance that died has sent. */
  readonly mayRepeat?: boolean
}

/** What an operator decides of one key that is parked; without `key`, of all. `offset` names the event to skip. */
export interface Decision {
  readonly reader: string
  readonly key: string | undefined
  readonly offset?: number
  readonly by: string
  readonly why: string
}

/** There is no app at that address, or it went. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

/** The app says no: the message says why. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
}

export class Operations {
  readonly #url: string
  readonly #opsKey: string | undefined

  /** `opsKey`: what the app wants from those who operate it, if it does. */
  constructor(url: string, opsKey: string | undefined) {
    this.#url = url
    this.#opsKey = opsKey
  }

  /** All reject with `UnreachableError` or `RefusedError`. */
  async list(): Promise<readonly Build[]> {
    return this.#builds(await this.#ask('/ops/read-models'))
  }

  async act(projection: string, action: 'rebuild' | 'roll-back' | 'remove-kept'): Promise<readonly Build[]> {
    return this.#builds(await this.#post(projection, action))
  }

  /** Resolves once all has been compared; `tell` hears how far it is. */
  async verify(projection: string, tell: (progress: Progress) => void): Promise<Verified> {
    const { body } = await this.#post(projection, 'verify')
    try {
      for await (const line of createInterface({ input: Readable.fromWeb(body ?? new ReadableStream()) })) {
        const said = JSON.parse(line) as Progress & { readonly verified?: Verified; readonly failed?: string }
        if (said.verified !== undefined) return said.verified
        if (said.failed !== undefined) throw new RefusedError(`it could not be verified: ${said.failed}; the app's log has the reason`)
        tell(said)
      }
    } catch (error) {
      throw error instanceof RefusedError ? error : this.#gone(error)
    }
    throw this.#gone(undefined)
  }

  async parked(): Promise<Parked> {
    const response = await this.#ask('/ops/parked')
    const said = (await response.json().catch(() => ({}))) as Partial<Parked>
    if (said.commands === undefined || said.events === undefined) throw this.#noApp()
    return { commands: said.commands, events: said.events, unknown: said.unknown ?? [] }
  }

  /** Resolves, once the decision is in the log, with how many keys it is about. */
  async decide(action: 'retry' | 'skip', { key, ...decision }: Decision): Promise<number> {
    const response = await this.#ask(`/ops/parked/${action}`, { ...decision, ...(key === undefined ? { all: true } : { key }) })
    const { keys } = (await response.json().catch(() => ({}))) as { readonly keys?: number }
    if (keys === undefined) throw this.#noApp()
    return keys
  }

  #post(projection: string, action: string): Promise<Response> {
    return this.#ask(`/ops/read-models/${encodeURIComponent(projection)}/${action}`, {})
  }

  /** Asks, or sends `body`. */
  async #ask(path: string, body?: object): Promise<Response> {
    const headers = {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(this.#opsKey !== undefined && { authorization: `Bearer ${this.#opsKey}` }),
    }
    const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const response = await fetch(this.#url + path, { ...sent, headers }).catch((error: unknown) => {
      throw new UnreachableError(`no answer from ${this.#url} (${reasonOf(error)}); is the app running? --url names another address`)
    })
    if (response.ok) return response
    const problem = (await response.json().catch(() => ({}))) as {
      readonly code?: string
      readonly detail?: string
      readonly title?: string
    }
    if (response.status === 401) throw new RefusedError(this.#notLetIn(problem.code))
    throw new RefusedError(
      problem.code === undefined
        ? `${this.#url} answered ${response.status} to ${path}: it is no Millrace app, or does not let its operations be reached from here`
        : `${problem.detail ?? problem.title ?? 'refused'} (${problem.code})`,
    )
  }

  async #builds(response: Response): Promise<readonly Build[]> {
    const said = (await response.json().catch(() => ({}))) as { readonly readModels?: readonly Build[] }
    if (said.readModels === undefined) throw this.#noApp()
    return said.readModels
  }

  #notLetIn(code = '401'): string {
    return this.#opsKey === undefined
      ? `${this.#url} wants a key from those who operate it: set MILLRACE_OPS_KEY to the one that it was started with (${code})`
      : `${this.#url} does not take the key in MILLRACE_OPS_KEY: it was started with another one (${code})`
  }

  #noApp(): RefusedError {
    return new RefusedError(`${this.#url} is no Millrace app: it answered something else`)
  }

  #gone(cause: unknown): UnreachableError {
    return new UnreachableError(`${this.#url} went away in the middle; what was verified until then says nothing`, { cause })
  }
}

/** What `fetch` hides in its causes. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error
  return (cause as { readonly code?: string } | undefined)?.code ?? message
}
