import type { App } from '../app/app.ts'
import { fingerprintOf } from '../internal/hash.ts'
import { operations } from '../operations/operations.ts'
import type { Schema, SchemaIssue } from '../schema.ts'
import type { Aggregate } from './aggregate.ts'

/** The aggregates of an app by the names of their commands and events: names are unique across the app. */
export interface Registry {
  /** Those of operators among them. */
  readonly byCommand: ReadonlyMap<string, Aggregate>
  /** Those that have a state to fold. */
  readonly byEvent: ReadonlyMap<string, Aggregate>
  /** Changes when stored states are of no more use. */
  readonly stateVersion: string
}

export function createRegistry({ aggregates }: App): Registry {
  const named = <T>(of: readonly Aggregate[], names: (aggregate: Aggregate) => Readonly<Record<string, T>>): Map<string, Aggregate> =>
    new Map(of.flatMap((aggregate) => Object.keys(names(aggregate)).map((name) => [name, aggregate] as const)))
  return {
    byCommand: named([...aggregates, operations], ({ commands }) => commands),
    byEvent: named(aggregates, ({ events }) => events),
    stateVersion: versionOf(aggregates),
  }
}

/** The declared versions, and as a net below them a hash of the text of what folds. */
function versionOf(aggregates: readonly Aggregate[]): string {
  const parts = aggregates.flatMap(({ name, stateVersion, initialState, evolve }) => [
    name,
    stateVersion,
    String(initialState),
    ...Object.entries(evolve).flatMap(([type, handler]) => [type, String(handler)]),
  ])
  return `2-${fingerprintOf(...parts).toString(36)}`
}

/** Checks `value` an event's data, where no one can wait for an answer: its schema must be synchronous. */
export function checkNow(
  type: string,
  schema: Schema,
  value: unknown,
): { readonly value: unknown } | { readonly issues: readonly SchemaIssue[] } {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) throw new TypeError(`event '${type}': its schema is asynchronous; an event's schema must answer at once`)
  return result.issues === undefined ? { value: result.value } : { issues: result.issues }
}
