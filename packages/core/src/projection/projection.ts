import { requireHandlers, type Aggregate } from '../shard/aggregate.ts'
import type { HistoryOptions } from './history/history-writer.ts'
import type { Json, OutputOf, Schema } from '../schema.ts'
import type { Sql, TableReader } from './sql.ts'

/** A read model's document: JSON, an object at the top so that it can be patched. It holds no `null` inside a patchable object. */
export type Document = { readonly [key: string]: Json | undefined }

/** RFC 7396 merge patch, typed: what is named changes, `null` removes, arrays are replaced whole. */
export type Patch<Doc> = {
  readonly [Key in keyof Doc]?: NonNullable<Doc[Key]> extends readonly unknown[]
    ? Doc[Key]
    : NonNullable<Doc[Key]> extends object
      ? Patch<NonNullable<Doc[Key]>> | null
      : Doc[Key] | null
}

export interface ListOptions {
  /** Only keys that start with it. */
  readonly prefix?: string
  /** Only keys after this one: pass the last key seen to page on. */
  readonly after?: string
  /** At most so many (default 1,000). */
  readonly limit?: number
}

export interface ModelReader<Doc> {
  get(key: string): Promise<Doc | undefined>
  /** Documents in the order of their keys (UTF-16 code units). */
  list(options?: ListOptions): Promise<readonly Doc[]>
}

/** What handlers write to. All that one batch of events wrote becomes visible at once, together with its checkpoint. */
export interface ModelWriter<Doc> extends ModelReader<Doc> {
  put(key: string, document: Doc): void
  /** Merges into the document of that key; does nothing where there is none. Costs what the patch costs, not the document. */
  patch(key: string, patch: Patch<Doc>): void
  delete(key: string): void
}

export interface EventContext<Doc> {
  readonly model: ModelWriter<Doc>
  /** The key of the aggregate the event is of. */
  readonly key: string
  /** The recorded time of the command that led to it, in epoch milliseconds. */
  readonly timeMs: number
  readonly commandId: string
}

/** SQL that makes the tables of a read model, or undefined where it has none. */
export type Migrations = readonly string[] | undefined

/** What handlers of a projection with tables are given beside. */
export interface TableContext {
  /**
   * Notes a statement: `` sql`insert into orders (id, status) values (${key}, ${'placed'}) on conflict do nothing` ``. All
   * that a batch noted is executed in order, in the transaction of its commit. Nothing is given back; `update … set n = n + 1`
   * and `on conflict (…) do update` are for what depends on what is there.
   */
  readonly sql: Sql
}

type WithTables<Tables extends Migrations, Its> = Tables extends readonly string[] ? Its : unknown

export type EventsOf<A extends Aggregate> = UnionToIntersection<A extends Aggregate ? A['events'] : never>
export type UnionToIntersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void ? I : never

export interface ProjectionDefinition<
  From extends readonly Aggregate[],
  Doc extends Document,
  Asked extends Queries,
  Tables extends Migrations,
> {
  /** The aggregates whose events it folds. */
  readonly from: From
  /** The shape of its documents. Gives them their type, and `/openapi.json` its answers. Left out where it has only tables. */
  readonly document?: Schema<unknown, Doc>
  /**
   * Tables of its own: SQL of the store's kind (SQLite's or PostgreSQL's) that makes them, with their indexes. Every build of
   * the read model runs each entry once, in order, and has its tables to itself, under the same names. An entry that has run
   * is never changed; what is new is appended. Every table has a primary key.
   */
  readonly tables?: Tables
  /** Raise it when the handlers give other documents for the same events: the read model is then built anew (default 1). */
  readonly version?: number
  /**
   * The definition before this one, of a lower version: it goes on serving while this version is built beside it, and is
   * kept for one step back. Remove it from the code when nobody will go back. Without it, who asks meanwhile is answered
   * from what there is, and `status().ready` is false.
   */
  readonly previous?: Projection
  /**
   * Keep the past states of documents too, so that queries can be asked as of a position or a time (`asOf`). Costs what the
   * writes cost, once more, and their place in the store. Switched on or off with a new `version`.
   */
  readonly history?: boolean | HistoryOptions
  /** One handler for every event of `from`; `ignore` says that an event does not matter here. */
  readonly on: {
    readonly [Type in keyof EventsOf<From[number]> & string]: EventsOf<From[number]>[Type] extends Schema
      ? (
          data: OutputOf<EventsOf<From[number]>[Type]>,
          context: EventContext<NoInfer<Doc>> & WithTables<Tables, TableContext>,
        ) => void | Promise<void>
      : never
  }
  /** `(query) => ({ name: query(inputSchema, answer) })`: the questions this read model answers. */
  readonly queries: (query: QueryBuilder<ModelReader<NoInfer<Doc>> & WithTables<Tables, TableReader>>) => Asked
}

/** A question a read model answers. */
export interface Query<Input extends Schema = Schema, Result = unknown> {
  readonly kind: 'query'
  readonly input: Input
  readonly result: Schema | undefined
  readonly answer: (input: never, model: never) => Result | Promise<Result>
}

export type Queries = Readonly<Record<string, Query>>

/**
 * A query: the schema of its input, and its answer from the read model. The answer is JSON (or undefined, which the
 * wire says as `null`); what the function is given must not be changed. `result` describes the answer in `/openapi.json`.
 */
export type QueryBuilder<Model> = <Input extends Schema, Result>(
  input: Input,
  answer: (input: OutputOf<Input>, model: Model) => Result | Promise<Result>,
  options?: { readonly result?: Schema },
) => Query<Input, Result>

const query = (input: Schema, answer: Query['answer'], { result }: { readonly result?: Schema } = {}): Query => ({
  kind: 'query',
  input,
  result,
  answer,
})

/** The handler of an event that does not matter to a read model. */
export const ignore = (): void => {}

export interface Projection<Name extends string = string, Asked extends Queries = Queries> {
  readonly kind: 'projection'
  readonly name: Name
  readonly version: number
  readonly previous: Projection | undefined
  readonly from: readonly Aggregate[]
  readonly document: Schema | undefined
  /** None where it has only documents. */
  readonly tables: readonly string[]
  /** Undefined where no past states are kept. */
  readonly history: HistoryOptions | undefined
  readonly on: Readonly<Record<string, (data: never, context: never) => void | Promise<void>>>
  readonly queries: Asked
}

/** Defines a read model: how events become documents, rows, or both, and which queries those answer. */
export function projection<
  const Name extends string,
  const From extends readonly Aggregate[],
  Asked extends Queries,
  Doc extends Document = never,
  const Tables extends Migrations = undefined,
>(name: Name, definition: ProjectionDefinition<From, Doc, Asked, Tables>): Projection<Name, Asked> {
  const { from, document, on, queries, previous, tables, history = false, version = 1 } = definition
  if (document === undefined && tables === undefined) throw new TypeError(`projection '${name}': expected 'document', 'tables', or both`)
  if (tables?.length === 0) throw new TypeError(`projection '${name}': tables: expected at least one statement, such as 'create table …'`)
  if (previous !== undefined) requirePrevious(name, version, previous)
  requireHandlers(
    `projection '${name}': on`,
    from.flatMap((source) => Object.keys(source.events)),
    on,
  )
  return {
    kind: 'projection',
    name,
    version,
    previous,
    from,
    document,
    tables: tables ?? [],
    history: toHistory(name, history),
    on: on,
    queries: queries(query as Parameters<typeof queries>[0]),
  }
}

function toHistory(name: string, history: boolean | HistoryOptions): HistoryOptions | undefined {
  if (typeof history === 'boolean') return history ? {} : undefined
  const { keepMs = Infinity } = history
  if (!(keepMs > 0)) throw new TypeError(`projection '${name}': history.keepMs: expected more than 0 milliseconds, got ${keepMs}`)
  return history
}

function requirePrevious(name: string, version: number, previous: Projection): void {
  const where = `projection '${name}': previous`
  if (previous.name !== name) throw new TypeError(`${where}: expected an earlier version of '${name}', got '${previous.name}'`)
  if (previous.version >= version)
    throw new TypeError(`${where}: expected a version lower than ${version}, got ${previous.version}; raise 'version'`)
  if (previous.previous !== undefined) throw new TypeError(`${where}: version ${previous.version} has a previous one itself; remove that`)
}
