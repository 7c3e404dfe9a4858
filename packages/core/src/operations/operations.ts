import { aggregate, type Aggregate } from '../shard/aggregate.ts'
import { event } from '../shard/decision.ts'
import type { Schema } from '../schema.ts'

/** Names of aggregates, commands and events that begin so are the system's own. */
export const RESERVED_PREFIX = 'millrace.'

export const RETRY_PARKED = 'millrace.RetryParked'
export const SKIP_PARKED = 'millrace.SkipParked'
const PARKED_RETRIED = 'millrace.ParkedRetried'
export const PARKED_SKIPPED = 'millrace.ParkedSkipped'

/** The `data` of `millrace.ParkedRetried`: what an operator wants done with a key that is parked. */
export interface ParkedDecision {
  /** The projection or reactor whose key it is. */
  readonly reader: string
  readonly key: string
  /** Who decided, and why: for those who look later. */
  readonly by: string
  readonly why: string
}

/** The `data` of `millrace.ParkedSkipped`. */
export interface SkipDecision extends ParkedDecision {
  /** Of the event that is to be passed over. Where the key waits for another one by then, nothing is done. */
  readonly offset: number
}

export const isOperation = (type: string): boolean => type === PARKED_RETRIED || type === PARKED_SKIPPED

/** Of who and why, in characters. */
const MAX_WORDS = 1_000

/**
 * What operators do, so that every reader comes by it at the same place of the log. The key is the parked one, so its
 * partition is too. It has no state: the registry knows its commands, and nobody folds its events.
 */
export const operations: Aggregate = aggregate('millrace.operations', {
  commands: { [RETRY_PARKED]: decision<ParkedDecision>([]), [SKIP_PARKED]: decision<SkipDecision>(['offset']) },
  events: { [PARKED_RETRIED]: decision<ParkedDecision>([]), [PARKED_SKIPPED]: decision<SkipDecision>(['offset']) },
  internal: [RETRY_PARKED, SKIP_PARKED],
  key: ({ key }) => key,
  initialState: () => undefined,
  decide: {
    [RETRY_PARKED]: (data) => [event(PARKED_RETRIED, { ...data })],
    [SKIP_PARKED]: (data) => [event(PARKED_SKIPPED, { ...data })],
  },
  evolve: { [PARKED_RETRIED]: (state) => state, [PARKED_SKIPPED]: (state) => state },
})

function decision<Data extends ParkedDecision>(
  numbers: readonly string[],
): Schema<Data, Data & { readonly [key: string]: string | number }> {
  return {
    '~standard': {
      version: 1,
      vendor: 'millrace',
      validate: (value) => {
        const issues = issuesOf(value, numbers)
        return issues.length === 0 ? { value: value as never } : { issues }
      },
    },
  }
}

function issuesOf(value: unknown, numbers: readonly string[]): readonly { readonly path: readonly string[]; readonly message: string }[] {
  if (typeof value !== 'object' || value === null) return [{ path: [], message: 'expected an object' }]
  const isText = (name: string): boolean => {
    const text: unknown = Reflect.get(value, name)
    return typeof text === 'string' && text.trim() !== '' && text.length <= MAX_WORDS
  }
  const isOffset = (name: string): boolean => Number.isSafeInteger(Reflect.get(value, name)) && Number(Reflect.get(value, name)) >= 0
  return [
    ...['reader', 'key', 'by', 'why']
      .filter((name) => !isText(name))
      .map((name) => ({ path: [name], message: `expected a text of 1 to ${MAX_WORDS} characters` })),
    ...numbers.filter((name) => !isOffset(name)).map((name) => ({ path: [name], message: 'expected an offset' })),
  ]
}
