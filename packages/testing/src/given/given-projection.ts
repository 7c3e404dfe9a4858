import assert from 'node:assert/strict'
import {
  mergePatch,
  type Aggregate,
  type EventContext,
  type ModelWriter,
  type Projection,
  type Query,
  type Schema,
  type StoredDocument,
} from '@millrace/core'
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
export function givenProjection<P extends Projection>(projection: P, ...history: readonly Happened[]): GivenProjection<P> {
  return {
    async thenQuery(name, input, expected) {
      const query: Query | undefined = projection.queries[name]
      if (query === undefined) throw new TypeError(`projection '${projection.name}' has no query '${name}'`)
      const checked = await check(query.input, throughLog(input))
      if (!checked.ok) assert.fail(`the input of ${name} does not fit its schema:\n${listed(checked.issues)}`)
      const { model } = await folded(projection, history)
      const result = await query.answer(checked.value as never, model as never)
      assert.deepEqual(throughLog(result), throughLog(expected))
    },
    async thenDocument(key, expected) {
      const { documents } = await folded(projection, history)
      assert.deepEqual(throughLog(documents.get(key)), throughLog(expected))
    },
  }
}

interface Folded {
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
  let count = 0
  for (const { aggregate, key, timeMs, events } of history) {
    assert.ok(projection.from.includes(aggregate), `projection '${projection.name}' does not read aggregate '${aggregate.name}'`)
    for (const { type, data } of events) {
      const [schema, handler] = [aggregate.events[type], projection.on[type]]
      if (schema === undefined || handler === undefined) throw new TypeError(`projection '${projection.name}' handles no event '${type}'`)
      const checked = await check(schema, throughLog(data))
      if (!checked.ok) assert.fail(`${type} does not fit its schema:\n${listed(checked.issues)}`)
      const context: EventContext<StoredDocument> = { model, key, timeMs, commandId: `command-${++count}` }
      await handler(throughLog(checked.value) as never, context as never)
    }
  }
  for (const [key, document] of documents) {
    if (projection.document === undefined) throw new TypeError(`projection '${projection.name}' has no 'document', but wrote '${key}'`)
    const checked = await check(projection.document, document)
    if (!checked.ok) assert.fail(`document '${key}' of '${projection.name}' does not fit its schema:\n${listed(checked.issues)}`)
  }
  return { model, documents }
}
