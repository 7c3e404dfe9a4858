import assert from 'node:assert/strict'
import {
  fragment,
  mergePatch,
  START,
  tableReader,
  type Aggregate,
  type EventContext,
  type ModelWriter,
  type Projection,
  type Query,
  type ReadStore,
  type Schema,
  type SharedReadStore,
  type SqlPart,
  type Statement,
  type StoredDocument,
} from '@millrace/core'
import { sharedAsOwn } from '../contracts/shared-as-own.ts'
import type { EventOfAggregate } from './given.ts'
import { check, listed, throughLog } from './schema-check.ts'

/** Events as they stand in the log, of one aggregate. */
export interface Happened {
  readonly aggregate: Aggregate
  readonly key: string
  readonly timeMs: number
  readonly events: readonly { readonly type: string; readonly data: unknown }[]
}

/** These events happened to the aggregate of that key: `happened(show, 'hamlet', event('SeatsHeld', …))`. */
export const happened = <A extends Aggregate>(aggregate: A, key: string, ...events: readonly NoInfer<EventOfAggregate<A>>[]): Happened => ({
  aggregate,
  key,
  timeMs: 0,
  events,
})

/** The same, recorded at that time (epoch milliseconds). */
export const happenedAt = <A extends Aggregate>(
  timeMs: number,
  aggregate: A,
  key: string,
  ...events: readonly NoInfer<EventOfAggregate<A>>[]
): Happened => ({
  ...happened(aggregate, key, ...events),
  timeMs,
})

type QueryName<P extends Projection> = keyof P['queries'] & string
type InputOf<Q> = Q extends Query<infer Input extends Schema, unknown> ? NonNullable<Input['~standard']['types']>['input'] : never
type ResultOf<Q> = Q extends Query<Schema, infer Result> ? Awaited<Result> : never

export interface GivenProjection<P extends Projection> {
  /**
   * Where its tables are made: a projection that has any needs a store with SQL of its kind, such as
   * `openTemporarySqliteReadStore` of `@millrace/sqlite`. One is opened for each expectation, and closed after it.
   */
  in(openStore: () => Promise<ReadStore | SharedReadStore>): GivenProjection<P>
  /** The query answers exactly this. Both are compared as JSON, as a client gets it. */
  thenQuery<Name extends QueryName<P>>(
    name: Name,
    input: InputOf<P['queries'][Name]>,
    expected: NoInfer<ResultOf<P['queries'][Name]>>,
  ): Promise<void>
  /** The document of that key is exactly this, or (undefined) there is none. */
  thenDocument(key: string, expected: StoredDocument | undefined): Promise<void>
}

/**
 * Given what happened, then a read model's queries answer …
 * Runs the projection's own handlers, schemas and queries, event by event, and checks each document against its schema.
 *
 *     await givenProjection(seatMap, happened(show, 'hamlet', event('SeatsHeld', …)))
 *       .thenQuery('seatMap', { showId: 'hamlet' }, { taken: { 'A-1-1': 'held' } })
 */
export const givenProjection = <P extends Projection>(projection: P, ...history: readonly Happened[]): GivenProjection<P> =>
  givenIn(projection, history, undefined)

type OpenStore = () => Promise<ReadStore | SharedReadStore>

function givenIn<P extends Projection>(projection: P, history: readonly Happened[], openStore: OpenStore | undefined): GivenProjection<P> {
  return {
    in: (open) => givenIn(projection, history, open),
    async thenQuery(name, input, expected) {
      const query: Query | undefined = projection.queries[name]
      if (query === undefined) throw new TypeError(`projection '${projection.name}' has no query '${name}'`)
      const checked = await check(query.input, throughLog(input))
      if (!checked.ok) assert.fail(`the input of ${name} does not fit its schema:\n${listed(checked.issues)}`)
      const { model, statements } = await folded(projection, history)
      const answer = (rows?: Rows): unknown => query.answer(checked.value as never, { ...model, ...rows } as never)
      const result = projection.tables.length === 0 ? await answer() : await withRows(projection, statements, { openStore, answer })
      assert.deepEqual(throughLog(result), throughLog(expected))
    },
    async thenDocument(key, expected) {
      const { documents } = await folded(projection, history)
      assert.deepEqual(throughLog(documents.get(key)), throughLog(expected))
    },
  }
}

type Rows = ReturnType<typeof tableReader>

/** Makes the tables, executes the statements, and answers from the rows. */
async function withRows(
  projection: Projection,
  statements: readonly Statement[],
  { openStore, answer }: { readonly openStore: OpenStore | undefined; readonly answer: (rows: Rows) => unknown },
): Promise<unknown> {
  const { name, tables } = projection
  if (openStore === undefined)
    throw new TypeError(`projection '${name}' has tables: say where, givenProjection(…).in(openTemporarySqliteReadStore)`)
  const opened = await openStore()
  await using store = opened.isShared ? sharedAsOwn(opened) : opened
  if (store.hasTables !== true) throw new TypeError(`projection '${name}' has tables, and the store that was opened has no SQL`)
  const model = await store.open(name, 'given', tables)
  await model.commit(new Map(), opened.isShared ? new Map([[0, 1]]) : START, statements)
  return await answer(tableReader(async (statement) => model.rows!(statement)))
}

interface Folded {
  readonly statements: readonly Statement[]
  readonly model: ModelWriter<StoredDocument>
  readonly documents: ReadonlyMap<string, StoredDocument>
}

async function folded(projection: Projection, history: readonly Happened[]): Promise<Folded> {
  const documents = new Map<string, Record<string, unknown>>()
  const model: ModelWriter<StoredDocument> = {
    get: (key) => Promise.resolve(throughLog(documents.get(key)) as StoredDocument | undefined),
    list: ({ prefix = '', after = '', limit = 1_000 } = {}) =>
      Promise.resolve(
        [...documents]
          .filter(([key]) => key.startsWith(prefix) && (after === '' || key > after))
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .slice(0, limit)
          .map(([, document]) => throughLog(document) as StoredDocument),
      ),
    put: (key, document) => void documents.set(key, throughLog(document) as Record<string, unknown>),
    patch(key, patch) {
      const document = documents.get(key)
      if (document !== undefined) mergePatch(document, throughLog(patch) as StoredDocument)
    },
    delete: (key) => void documents.delete(key),
  }
  const statements: Statement[] = []
  const sql = (texts: TemplateStringsArray, ...parts: readonly SqlPart[]): void => void statements.push(fragment(texts, ...parts))
  let count = 0
  for (const { aggregate, key, timeMs, events } of history) {
    assert.ok(projection.from.includes(aggregate), `projection '${projection.name}' does not read aggregate '${aggregate.name}'`)
    for (const { type, data } of events) {
      const [schema, handler] = [aggregate.events[type], projection.on[type]]
      if (schema === undefined || handler === undefined) throw new TypeError(`projection '${projection.name}' handles no event '${type}'`)
      const checked = await check(schema, throughLog(data))
      if (!checked.ok) assert.fail(`${type} does not fit its schema:\n${listed(checked.issues)}`)
      const context: EventContext<StoredDocument> = { model, key, timeMs, commandId: `command-${++count}` }
      await handler(throughLog(checked.value) as never, { ...context, sql } as never)
    }
  }
  for (const [key, document] of documents) {
    if (projection.document === undefined) throw new TypeError(`projection '${projection.name}' has no 'document', but wrote '${key}'`)
    const checked = await check(projection.document, document)
    if (!checked.ok) assert.fail(`document '${key}' of '${projection.name}' does not fit its schema:\n${listed(checked.issues)}`)
  }
  return { model, documents, statements }
}
