import type { Position } from '../position.ts'
import type { Rebuilt } from '../projection/builds/comparison.ts'
import type { Verification, VerifyOptions } from '../projection/builds/verify.ts'
import type { ReactorStatus } from '../reactor/reactor-status.ts'
import type { App, CommandInput, CommandName, QueryInput, QueryName, QueryResult, Receipt, ReceiptOf } from './app.ts'
import type { Role } from './role.ts'

export interface SendOptions {
  /** The command's id (default: a random UUID). Sent again with the same id, a command is answered as the first time. */
  readonly commandId?: string | undefined
  /** How long to wait for the answer, in milliseconds (default 10,000). Then `COMMAND_TIMEOUT`; the command stands. */
  readonly timeoutMs?: number | undefined
  readonly traceparent?: string | undefined
  /** Also allow commands that only timers and reactors may send (default false). */
  readonly internal?: boolean | undefined
}

export interface QueryOptions {
  /** Wait until the read model has come this far: a receipt, or a position as text. */
  readonly after?: { readonly position: string } | string | undefined
  /** Wait until all that was in the log so many milliseconds before the query is in the read model; 0: all there is. Default: whatever it has. */
  readonly maxAgeMs?: number | undefined
  /**
   * As it was at a moment in the past, where the projection keeps `history`: all before a position (a receipt, or text), or
   * all recorded until a time (epoch milliseconds). Fails with `HISTORY_NOT_KEPT`, `HISTORY_ENDED`. Not for live queries.
   */
  readonly asOf?: { readonly position: string } | string | number | undefined
  /** How long to wait for all that, in milliseconds (default 5,000). Then `QUERY_STALE`. */
  readonly timeoutMs?: number | undefined
}

/** An answer as adapters pass it on: encoded once, however many ask. */
export interface Answer {
  /** The result as JSON text. */
  readonly json: string
  /** How far the read model was, as text. */
  readonly position: string
  /**
   * How old it may be: all that was in the log so many milliseconds ago is in it, whoever wrote it. Infinity where the read
   * model has not caught up since the start.
   */
  readonly ageMs: number
  /** Changes exactly when `json` does. */
  readonly etag: string
}

/** One step of a live query. A `patch` (RFC 7396) applies to what the same reader was given before. */
export interface Change {
  readonly kind: 'snapshot' | 'patch'
  readonly json: string
  readonly position: string
}

/** A live query, pulled: a reader that is slow costs nothing, and is given fewer, larger changes. */
export interface LiveQuery extends Disposable {
  /** The next change, or undefined where there is none now: `onReady` then says when. */
  next(): Change | undefined
  /**
   * What to resume after all that `next` has given so far (as `LiveOptions.resume`): a position and, behind an `@`, the
   * read model it is of. It moves on without a change where nothing changed. Empty before the first change.
   */
  readonly resume: string
}

export interface LiveOptions extends QueryOptions {
  /** Called (once for each time `next` gave undefined) when there is something to take. */
  readonly onReady: () => void
  /**
   * What `LiveQuery.resume` gave, or the position of the last change the reader has: goes on after it where this instance
   * knows what came since, else begins anew. Pass it as `after` too, so that nobody is told what was before it.
   */
  readonly resume?: string | undefined
  /** Called when the query can't go on: the read model stopped, or the app did. */
  readonly onEnd?: ((error: Error) => void) | undefined
}

export interface ShardStatus {
  readonly partition: number
  readonly state: 'folding' | 'ready' | 'lost'
  readonly epoch: number
  /** The next offset of `commands` to decide, and of `events` to write. */
  readonly nextCommand: number
  readonly nextEvent: number
  readonly aggregates: number
  readonly timers: number
}

/** One build of a read model. */
export interface ProjectionStatus {
  readonly name: string
  /** The projection's version; with a number behind a dot where it was built again. */
  readonly version: string
  /** It answers queries, it is built to do so next, or it did so before and one step goes back to it. */
  readonly role: 'serving' | 'building' | 'kept'
  readonly state: 'building' | 'live' | 'stopped'
  readonly position: Position
  /** Records of `events` it has not come to yet. */
  readonly behind: number
  /** Records it took in a second, lately; 0 where it is not known. */
  readonly perSecond: number
  /** Keys whose events wait for an operator: see `Running.parked`. */
  readonly parked: number
  /** Why it stopped. */
  readonly error?: Error
}

export interface Status {
  /**
   * The log and the read store work, the shards held here decide and the read models that serve are live. Who is given no shard
   * still answers queries. With the role `read` it stays ready while the log is unavailable; with `write` neither the read store
   * nor read models count.
   */
  readonly ready: boolean
  /** Whether commands can be taken and decided; where not, why: `unavailable` passes by itself, `stopped` needs a restart. */
  readonly log: { readonly state: 'ok' } | { readonly state: 'unavailable' | 'stopped'; readonly error: Error }
  /** Whether read models can be folded and read; where not, why. It passes by itself. Known of stores that are shared. */
  readonly store: { readonly state: 'ok' } | { readonly state: 'unavailable'; readonly error: Error }
  /** Those held here. */
  readonly shards: readonly ShardStatus[]
  /** Those folded here. With the role `write`: those of a shared store, which others answer from. */
  readonly projections: readonly ProjectionStatus[]
  /** Each on each partition whose shard is held here. */
  readonly reactors: readonly ReactorStatus[]
  /** Commands sent from here that wait for their answer. */
  readonly inFlight: number
}

/** One step on the way of a command, at epoch milliseconds with fractions. */
export interface TraceStep {
  readonly step: string
  readonly atMs: number
}

export interface Counters {
  readonly accepted: number
  readonly rejected: number
  readonly failed: number
  readonly repeated: number
  /** What another client wrote into the log and is no command of this app: it was passed over. */
  readonly parked: number
  readonly events: number
}

/** What was passed over in `commands`, and why. */
export interface ParkedCommand {
  readonly topic: 'commands'
  readonly partition: number
  readonly offset: number
  /** When it was passed over, on the recorded clock, in epoch milliseconds. */
  readonly timeMs: number
  /** For an operator. Holds nothing of the command's data. */
  readonly reason: string
  /** As they were, where it had them. A command that is sent again under the same id, as it should be, is decided. */
  readonly commandId?: string
  readonly type?: string
  readonly key?: string
}

/** A key whose event a projection or a reactor could not handle: it and all that follows for that key waits, in order. */
export interface ParkedEvent {
  /** The projection or reactor. */
  readonly reader: string
  readonly kind: 'projection' | 'reactor'
  /** Of a projection: which build. */
  readonly version?: string
  readonly partition: number
  readonly key: string
  /** Of the first event that waits, in its partition of events. */
  readonly offset: number
  readonly type: string
  /** How many events wait, that one among them; absent where they are not counted. */
  readonly waiting?: number
  /** When the key was parked first, on the recorded clock, in epoch milliseconds. */
  readonly sinceMs: number
  /** How often the first that waits has been tried. */
  readonly attempts: number
  /** For an operator: what was thrown. */
  readonly reason: string
  /** Of a reactor: its commands may have been sent by an instance that died, and a retry would do them twice. */
  readonly mayRepeat?: true
}

/** Who decided something, and why: it is kept in the log. */
export interface OperatorDecision {
  readonly by: string
  readonly why: string
}

/** A decision that is in the log. */
export interface DecisionTaken {
  /** The keys it is about. */
  readonly keys: number
  /** A read model that has come so far has done what was decided. */
  readonly position: string
}

/** An app at work in this process. */
export interface Running<A extends App = App> extends AsyncDisposable {
  readonly app: A
  /**
   * What this instance does of it. With the role `write`, `query`, `answer`, `watch` and `live` fail with `QUERIES_ELSEWHERE`,
   * and so do `rebuild`, `rollBack`, `removeKept` and `verify`, unless the store is shared.
   */
  readonly role: Role
  /** Sends a command and resolves with its answer, once that is durable. */
  send<Name extends CommandName<A>>(type: Name, data: CommandInput<A, Name>, options?: SendOptions): Promise<ReceiptOf<A>>
  /** Sends a command and resolves with its id once it is durable, decided or not. */
  submit<Name extends CommandName<A>>(type: Name, data: CommandInput<A, Name>, options?: SendOptions): Promise<string>
  /** The answer to a command within the window, `'undecided'`, or undefined where the id is not known. */
  outcome(commandId: string): Promise<Receipt | 'undecided' | undefined>
  query<Name extends QueryName<A>>(name: Name, input: QueryInput<A, Name>, options?: QueryOptions): Promise<QueryResult<A, Name>>
  /** As `query`, but encoded: what adapters send on. */
  answer(name: string, input: unknown, options?: QueryOptions): Promise<Answer>
  /** Yields the result now, then again whenever it changed; a slow reader gets the latest. Ends when `signal` aborts. */
  watch<Name extends QueryName<A>>(
    name: Name,
    input: QueryInput<A, Name>,
    options?: QueryOptions & { readonly signal?: AbortSignal },
  ): AsyncIterable<QueryResult<A, Name>>
  /** As `watch`, but encoded and pulled: what adapters send on. */
  live(name: string, input: unknown, options: LiveOptions): Promise<LiveQuery>
  /**
   * Builds a projection's read model anew, beside the one that serves, from the beginning of the log; resolves once the
   * new one serves. `status()` tells how far it is. The one before is kept up to date, for `rollBack`. Killed in the
   * middle, it goes on with the next start, where the store keeps what it has.
   */
  rebuild(projection: string): Promise<Rebuilt>
  /** Lets the build that served before serve again, in one step; one that is being built is given up. Throws `READ_MODEL_UNKNOWN` where none is kept. */
  rollBack(projection: string): Promise<void>
  /** Removes the build that served before. Throws `READ_MODEL_UNKNOWN` where none is kept. */
  removeKept(projection: string): Promise<void>
  /**
   * Whether the read model that serves is what the log says: folds the log once more, into memory, and compares every
   * document while all goes on.
   */
  verify(projection: string, options?: VerifyOptions): Promise<Verification>
  status(): Status
  counters(): Counters
  /**
   * `commands`: the latest 1,000 that were passed over, newest first, whoever owned their shard. `events`: the keys that
   * wait for an operator, of the projections that are folded here, and of the reactors whose shards are held here. `unknown`:
   * the partitions whose shards are not, so what waits there of reactors is not among them: other instances know.
   */
  parked(): { readonly commands: readonly ParkedCommand[]; readonly events: readonly ParkedEvent[]; readonly unknown: readonly number[] }
  /**
   * Has the events of a parked key handled again, in order, with the code as it is now; without `key`, those of all keys that
   * are known here to be parked. What fails again waits again. Resolves once that is in the log, for all instances. Throws
   * `PARKED_UNKNOWN` (also without `key`, where the role of this instance has it know none), `COMMAND_INVALID`, and what
   * `send` does.
   */
  retryParked(what: { readonly reader: string; readonly key?: string | undefined }, decision: OperatorDecision): Promise<DecisionTaken>
  /**
   * Passes over the first event that waits of a parked key, for good: `offset` names it. Then as `retryParked`. What an event
   * said that is skipped, that read model or reactor never learns.
   */
  skipParked(
    what: { readonly reader: string; readonly key: string; readonly offset: number },
    decision: OperatorDecision,
  ): Promise<DecisionTaken>
  /** The steps of a recent command, or undefined. */
  trace(commandId: string): { readonly type: string; readonly steps: readonly TraceStep[] } | undefined
  /** Takes no more commands, finishes what is being decided, releases the shards and ends the live queries. */
  stop(): Promise<void>
}
