import type { Json, OutputOf, Schema, SchemaResult, Schemas } from '../schema.ts'
import {
  aggregate,
  type Aggregate,
  type AggregateDefinition,
  type EmittedOf,
  type MessageOf,
  type DecideContext,
  type EventSchemas,
  type Evolve,
} from '../shard/aggregate.ts'
import { command, event, type Cancelled, type CommandMessage, type Emitted, type Scheduled } from '../shard/decision.ts'
import type { EventsOf } from '../projection/projection.ts'
import { reactor, type Reaction, type Reactor, type ReactorDefinition } from './reactor.ts'

type JsonObject = { readonly [key: string]: Json | undefined }

/** An event as its process is told of it. */
export interface Told {
  /** Which process it is told to. */
  readonly process: string
  /** The key of the aggregate that the event is of. */
  readonly key: string
  /** Its recorded time, in epoch milliseconds. */
  readonly timeMs: number
  readonly data: JsonObject
}

/** Commands that a process has sent: an event of it, like any other. */
export interface Sent {
  readonly commands: readonly { readonly type: string; readonly data: Json }[]
}

/** What a process decides besides events and timers of its own: a command to another aggregate. */
export interface Sending<Command extends CommandMessage = CommandMessage> {
  readonly kind: 'send'
  readonly command: Command
}

/** Sends `command` to another aggregate, once. For process managers. */
export const send = <Command extends CommandMessage>(command: Command): Sending<Command> => ({ kind: 'send', command })

export interface ProcessContext extends DecideContext {
  /** Of the event that it is told of: the key of its aggregate, and its recorded time in epoch milliseconds. */
  readonly source: { readonly key: string; readonly timeMs: number }
}

type DataOf<Type, From extends readonly Aggregate[]> = Type extends keyof EventsOf<From[number]>
  ? EventsOf<From[number]>[Type] extends Schema
    ? OutputOf<EventsOf<From[number]>[Type]>
    : never
  : never

/** What follows, in its order. Nothing can be refused here: what has happened has happened. */
export type ProcessDecision<Commands extends Schemas, Events extends Schemas, To extends readonly Aggregate[]> = readonly (
  EmittedOf<Events> | Scheduled<MessageOf<Commands>> | Cancelled | Sending<Reaction<To[number]>[number]>
)[]

export interface ProcessDefinition<
  From extends readonly Aggregate[],
  To extends readonly Aggregate[],
  Commands extends Schemas,
  Events extends EventSchemas,
  State,
  Handlers extends Evolve<Events, State>,
  Watched extends keyof EventsOf<From[number]> & string,
> {
  /** The aggregates whose events it waits for, and those that it may send commands to. */
  readonly from: From
  readonly to: To
  /** Which process an event belongs to; undefined where it is no process's. Events without an entry are passed over. */
  readonly of: {
    readonly [Type in Watched]: (data: DataOf<Type, From>, source: { readonly key: string; readonly timeMs: number }) => string | undefined
  }
  /** What follows when it is told of such an event. Pure, as an aggregate's `decide`. */
  readonly on: {
    readonly [Type in NoInfer<Watched>]: (
      data: DataOf<Type, From>,
      state: NoInfer<State>,
      context: ProcessContext,
    ) => ProcessDecision<NoInfer<Commands>, NoInfer<Events>, To>
  }
  /** Commands of its own, which only its timers send. Each names its process. */
  readonly commands?: Commands
  readonly decide?: {
    readonly [Type in keyof Commands & string]: (
      data: OutputOf<Commands[Type]>,
      state: NoInfer<State>,
      context: DecideContext,
    ) => ProcessDecision<NoInfer<Commands>, NoInfer<Events>, To>
  }
  readonly events: Events
  readonly initialState: () => State
  readonly evolve: Handlers & Readonly<Record<Exclude<keyof Handlers, keyof Events>, never>>
  readonly stateVersion?: number
}

/** Timers name the process they are of. */
export type OwnCommands = Readonly<Record<string, Schema<{ readonly process: string }, { readonly process: string }>>>

type ToldCommands<Name extends string, Watched extends string> = { readonly [Type in Watched as `${Name}.on.${Type}`]: Schema<Told, Told> }
type SentEvents<Name extends string> = { readonly [Type in `${Name}.Sent`]: Schema<Sent, Sent> }

export interface ProcessManager<Name extends string, Commands extends Schemas, Events extends Schemas> {
  /** Its state and timers: to be among the app's `aggregates`. */
  readonly aggregate: Aggregate<Name, Commands, Events>
  /** Brings it the events it waits for, and sends what it decides: to be among the app's `reactors`. */
  readonly reactor: Reactor<Name>
}

/**
 * Defines what carries one long affair through: an aggregate that is told of others' events, and a reactor that tells it,
 * and sends the commands it decides on. Its decisions are in the log, so an affair goes on after a crash where it was.
 *
 * The aggregate is told of an event by the command `<name>.on.<Event>`, and what it sends is its event `<name>.Sent`:
 *
 *     given(checkout.aggregate)
 *       .when(command('checkout.on.SeatsHeld', { process: holdId, key: showId, timeMs: 0, data: { … } }))
 *       .thenEvents(event('CheckoutBegun', { … }), event('checkout.Sent', { commands: [command('RequestPayment', { … })] }))
 */
export function processManager<
  const Name extends string,
  const From extends readonly Aggregate[],
  const To extends readonly Aggregate[],
  Events extends EventSchemas,
  State,
  Handlers extends Evolve<Events, State>,
  Watched extends keyof EventsOf<From[number]> & string,
  Commands extends OwnCommands = Readonly<Record<never, never>>,
>(
  name: Name,
  definition: ProcessDefinition<From, To, Commands, Events, State, Handlers, Watched>,
): ProcessManager<Name, Commands & ToldCommands<Name, Watched>, Events & SentEvents<Name>> {
  const { from, to, of, on, commands = {}, decide = {}, events, initialState, evolve, stateVersion } = definition
  const sentType = `${name}.Sent`
  const toldType = (type: string): string => `${name}.on.${type}`
  const watched = Object.keys(of)
  const decided = (decision: ProcessDecision<Schemas, Schemas, readonly Aggregate[]>): readonly (Emitted | Scheduled | Cancelled)[] =>
    withSent(sentType, decision)

  const told = Object.fromEntries(
    watched.map((type) => {
      const handler = (on as Readonly<Record<string, Handler>>)[type]
      if (typeof handler !== 'function') throw new TypeError(`process manager '${name}': on.${type}: expected a function, got nothing`)
      return [
        toldType(type),
        ({ data, key, timeMs }: Told, state: never, context: DecideContext) =>
          decided(handler(data as never, state, { ...context, source: { key, timeMs } })),
      ]
    }),
  )
  const own = Object.fromEntries(
    Object.entries(decide as Readonly<Record<string, OwnHandler>>).map(([type, handler]) => [
      type,
      (data: never, state: never, context: DecideContext) => decided(handler(data, state, context)),
    ]),
  )
  // What has been put together by names is typed by this function's own signature.
  const put: AggregateDefinition<Schemas, EventSchemas, never, State, Evolve<EventSchemas, State>> = {
    commands: { ...commands, ...Object.fromEntries(watched.map((type) => [toldType(type), toldSchema])) },
    events: { ...events, [sentType]: sentSchema as unknown as EventSchemas[string] },
    internal: [...Object.keys(commands), ...watched.map(toldType)],
    key: (data) => (data as { readonly process: string }).process,
    initialState,
    decide: { ...own, ...told } as never,
    evolve: { ...evolve, [sentType]: (state: State) => state },
    ...(stateVersion !== undefined && { stateVersion }),
  }
  const process: unknown = aggregate(name, put)
  const itself = process as Aggregate<Name, Commands & ToldCommands<Name, Watched>, Events & SentEvents<Name>>

  const follow =
    (type: string) =>
    (data: JsonObject, source: { readonly key: string; readonly timeMs: number }): readonly CommandMessage[] => {
      const belongsTo = (of as unknown as Readonly<Record<string, (data: JsonObject, source: object) => string | undefined>>)[type]!
      const { key, timeMs } = source
      const found = belongsTo(data, { key, timeMs })
      return found === undefined ? [] : [command(toldType(type), { process: found, key, timeMs, data })]
    }
  const all: ReactorDefinition<readonly Aggregate[], readonly Aggregate[]> = {
    from: [...from, itself],
    to: [...to, itself],
    on: { ...Object.fromEntries(watched.map((type) => [type, follow(type)])), [sentType]: ({ commands }: Sent) => commands } as never,
  }
  return { aggregate: itself, reactor: reactor(name, all) }
}

type Handler = (data: never, state: never, context: ProcessContext) => ProcessDecision<Schemas, Schemas, readonly Aggregate[]>
type OwnHandler = (data: never, state: never, context: DecideContext) => ProcessDecision<Schemas, Schemas, readonly Aggregate[]>

/** One event for all commands that are sent one after the other. */
function withSent(
  sentType: string,
  decision: readonly (Emitted | Scheduled | Cancelled | Sending)[],
): readonly (Emitted | Scheduled | Cancelled)[] {
  const parts: (Emitted | Scheduled | Cancelled)[] = []
  let open: { type: string; data: Json }[] | undefined
  for (const part of decision) {
    if (part.kind !== 'send') {
      parts.push(part)
      open = undefined
      continue
    }
    if (open === undefined) parts.push(event(sentType, { commands: (open = []) }))
    open.push({ type: part.command.type, data: part.command.data as Json })
  }
  return parts
}

/** Shapes that only this file makes: what is in them has been checked where it was made, or will be where it is sent. */
const shape = <T>(fits: (value: Readonly<Record<string, unknown>>) => boolean, expected: string): Schema<T, T> => ({
  '~standard': {
    version: 1,
    vendor: 'millrace',
    validate: (value): SchemaResult<T> =>
      typeof value === 'object' && value !== null && fits(value as Readonly<Record<string, unknown>>)
        ? { value: value as T }
        : { issues: [{ message: `expected ${expected}` }] },
  },
})

const toldSchema = shape<Told>(
  ({ process, key, timeMs, data }) =>
    typeof process === 'string' && typeof key === 'string' && typeof timeMs === 'number' && typeof data === 'object' && data !== null,
  '{ process, key, timeMs, data }',
)
const sentSchema = shape<Sent>(({ commands }) => Array.isArray(commands), '{ commands: […] }')
