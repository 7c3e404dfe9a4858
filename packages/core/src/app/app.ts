import { RESERVED_PREFIX } from '../operations/operations.ts'
import type { Aggregate } from '../shard/aggregate.ts'
import type { Projection, Query, Queries, UnionToIntersection } from '../projection/projection.ts'
import type { Reactor } from '../reactor/reactor.ts'
import type { InputOf, Json, OutputOf, Schema, Schemas } from '../schema.ts'

/** Everything that makes up one system: a value, with no process behind it until `start`. */
export interface App<Name extends string = string, Commands = Schemas, Events = Schemas, Codes extends string = string, Asked = Queries> {
  readonly kind: 'app'
  readonly name: Name
  readonly aggregates: readonly Aggregate[]
  readonly projections: readonly Projection[]
  readonly reactors: readonly Reactor[]
  /** Phantom: what `start` and the client infer from. */
  readonly types?: { readonly commands: Commands; readonly events: Events; readonly codes: Codes; readonly queries: Asked }
}

type TypesOf<A extends App> = NonNullable<A['types']>
export type CommandName<A extends App> = keyof TypesOf<A>['commands'] & string
export type CommandInput<A extends App, Name extends CommandName<A>> = InputOf<TypesOf<A>['commands'][Name] & Schema>
export type EventName<A extends App> = keyof TypesOf<A>['events'] & string
/** An event as receipts carry it. */
export type EventOf<A extends App> = {
  [Type in EventName<A>]: { readonly type: Type; readonly data: OutputOf<TypesOf<A>['events'][Type] & Schema> }
}[EventName<A>]
export type RejectionCode<A extends App> = TypesOf<A>['codes']
export type QueryName<A extends App> = keyof TypesOf<A>['queries'] & string
type QueryOf<A extends App, Name extends QueryName<A>> = TypesOf<A>['queries'][Name]
export type QueryInput<A extends App, Name extends QueryName<A>> =
  QueryOf<A, Name> extends Query<infer Input, unknown> ? InputOf<Input> : never
export type QueryResult<A extends App, Name extends QueryName<A>> =
  QueryOf<A, Name> extends Query<Schema, infer Result> ? Awaited<Result> : never

/** The answer to a command. `position` is what a query needs to see its effect. */
export type Receipt<Event = { readonly type: string; readonly data: unknown }, Code extends string = string> =
  | { readonly commandId: string; readonly outcome: 'accepted'; readonly events: readonly Event[]; readonly position: string }
  | {
      readonly commandId: string
      readonly outcome: 'rejected'
      readonly events: readonly []
      readonly position: string
      readonly code: Code
      readonly details: Readonly<Record<string, Json | undefined>>
    }
  /** `decide` threw: a bug, for whoever operates the system to look at. Sent again, it gets the same answer. */
  | {
      readonly commandId: string
      readonly outcome: 'failed'
      readonly events: readonly []
      readonly position: string
      readonly message: string
    }

export type ReceiptOf<A extends App> = Receipt<EventOf<A>, RejectionCode<A>>

/** All of them at once; of nothing, nothing. */
type AllOf<U> = [U] extends [never] ? Readonly<Record<never, never>> : UnionToIntersection<U>

type CodesOf<A> = A extends Aggregate<string, Schemas, Schemas, infer Codes> ? Codes : never

/** Puts aggregates, projections and reactors together. Names are unique across the app: each is a word of its language. */
export function app<
  const Name extends string,
  const Aggregates extends readonly Aggregate[],
  const Projections extends readonly Projection[] = readonly [],
>(
  name: Name,
  definition: { readonly aggregates: Aggregates; readonly projections?: Projections; readonly reactors?: readonly Reactor[] },
): App<
  Name,
  AllOf<Aggregates[number]['commands']>,
  AllOf<Aggregates[number]['events']>,
  CodesOf<Aggregates[number]>,
  AllOf<Projections[number]['queries']>
> {
  const { aggregates, projections = [], reactors = [] } = definition
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name)) {
    throw new TypeError(`app '${name}': a name is lower case letters, digits and hyphens, and begins with a letter (it names topics)`)
  }
  requireUnique(
    name,
    'aggregate',
    aggregates.map((each) => each.name),
  )
  requireUnique(
    name,
    'command',
    aggregates.flatMap((each) => Object.keys(each.commands)),
  )
  requireUnique(
    name,
    'event',
    aggregates.flatMap((each) => Object.keys(each.events)),
  )
  requireUnique(name, 'projection', [...projections.map((each) => each.name), ...reactors.map((each) => each.name)])
  requireUnique(
    name,
    'query',
    projections.flatMap((each) => Object.keys(each.queries)),
  )
  for (const { name: reader, from } of [...projections, ...reactors]) {
    const missing = from.find((source) => !aggregates.includes(source))
    if (missing !== undefined)
      throw new TypeError(`app '${name}': '${reader}' reads aggregate '${missing.name}', which is not in 'aggregates'`)
  }
  for (const { name: sender, to } of reactors) {
    const missing = to.find((target) => !aggregates.includes(target))
    if (missing !== undefined)
      throw new TypeError(`app '${name}': '${sender}' sends commands to aggregate '${missing.name}', which is not in 'aggregates'`)
  }
  return { kind: 'app', name, aggregates, projections, reactors }
}

function requireUnique(app: string, what: string, names: readonly string[]): void {
  const reserved = names.find((each) => each.startsWith(RESERVED_PREFIX))
  if (reserved !== undefined)
    throw new TypeError(
      `app '${app}': the ${what} '${reserved}': names that begin with '${RESERVED_PREFIX}' are the system's own; rename it`,
    )
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new TypeError(`app '${app}': two definitions of the ${what} '${twice}'; rename one`)
}
