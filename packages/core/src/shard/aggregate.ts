import type { InputOf, Json, OutputOf, Schema, Schemas } from '../schema.ts'
import type { Cancelled, CommandMessage, Emitted, Rejection, Scheduled } from './decision.ts'

/** Events must come back from the log as they were written, so their data is JSON. */
export type EventSchemas = Readonly<Record<string, Schema<unknown, { readonly [key: string]: Json | undefined }>>>

export interface DecideContext {
  /** The recorded time of the command, in epoch milliseconds: the only clock a decision may read. */
  readonly nowMs: number
  /** The id of the command: unique, and the same whenever it is decided again. */
  readonly commandId: string
  /** The aggregate's key. */
  readonly key: string
}

export type EmittedOf<Events extends Schemas> = { [Type in keyof Events & string]: Emitted<Type, InputOf<Events[Type]>> }[keyof Events &
  string]
export type MessageOf<Commands extends Schemas> = {
  [Type in keyof Commands & string]: CommandMessage<Type, OutputOf<Commands[Type]>>
}[keyof Commands & string]

export type Decision<Commands extends Schemas, Events extends Schemas, Codes extends string> =
  Rejection<Codes> | readonly (EmittedOf<Events> | Scheduled<MessageOf<Commands>> | Cancelled)[]

export type Evolve<Events extends Schemas, State> = {
  readonly [Type in keyof Events & string]: (state: State, data: OutputOf<Events[Type]>) => State
}

export interface AggregateDefinition<
  Commands extends Schemas,
  Events extends Schemas,
  Codes extends string,
  State,
  Handlers extends Evolve<Events, State>,
> {
  readonly commands: Commands
  readonly events: Events
  /** Every code `decide` may reject with, and what it means to the one who sent the command. Public API. */
  readonly rejections?: Readonly<Record<Codes, string>>
  /** Commands that only timers and reactors send: no client can. */
  readonly internal?: readonly (keyof Commands & string)[]
  /** Which aggregate a command is for. Decides the partition too: never change it for commands that are in use. */
  readonly key: (command: OutputOf<Commands[keyof Commands]>) => string
  readonly initialState: () => State
  /** Pure: state, command and recorded time in, decision out. May read the state, never change it. */
  readonly decide: {
    readonly [Type in keyof Commands & string]: (
      data: OutputOf<Commands[Type]>,
      state: NoInfer<State>,
      context: DecideContext,
    ) => Decision<NoInfer<Commands>, NoInfer<Events>, NoInfer<Codes>>
  }
  /** Folds one event into the state. May change the state it is given and return it. Must not throw. */
  readonly evolve: Handlers & Readonly<Record<Exclude<keyof Handlers, keyof Events>, never>>
  /**
   * Raise it when `initialState` or `evolve` give another state for the same events (default 1): stored checkpoints
   * of other versions are then ignored and the log is folded again.
   */
  readonly stateVersion?: number
}

export interface Aggregate<
  Name extends string = string,
  Commands extends Schemas = Schemas,
  Events extends Schemas = Schemas,
  Codes extends string = string,
> {
  readonly kind: 'aggregate'
  readonly name: Name
  readonly commands: Commands
  readonly events: Events
  readonly rejections: Readonly<Record<Codes, string>>
  readonly internal: ReadonlySet<string>
  readonly stateVersion: string
  readonly key: (command: never) => string
  readonly initialState: () => unknown
  readonly decide: Readonly<Record<string, (data: never, state: never, context: DecideContext) => Decision<Schemas, Schemas, string>>>
  readonly evolve: Readonly<Record<string, (state: never, data: never) => unknown>>
}

/** Defines an aggregate: what it can be told, what can happen to it, and how the one leads to the other. */
export function aggregate<
  const Name extends string,
  Commands extends Schemas,
  Events extends EventSchemas,
  State,
  // A parameter of its own, so that `status: 'open'` in what a handler gives back stays a literal.
  Handlers extends Evolve<Events, State>,
  Codes extends string = never,
>(name: Name, definition: AggregateDefinition<Commands, Events, Codes, State, Handlers>): Aggregate<Name, Commands, Events, Codes> {
  const { commands, events, internal = [], decide, evolve, stateVersion = 1 } = definition
  requireHandlers(`aggregate '${name}': decide`, Object.keys(commands), decide)
  requireHandlers(`aggregate '${name}': evolve`, Object.keys(events), evolve)
  return {
    kind: 'aggregate',
    name,
    commands,
    events,
    rejections: definition.rejections ?? ({} as Readonly<Record<Codes, string>>),
    internal: new Set<string>(internal),
    stateVersion: String(stateVersion),
    key: definition.key,
    initialState: definition.initialState,
    decide: decide,
    evolve: evolve,
  }
}

/** The compiler says it first; this is for those who call from JavaScript. */
export function requireHandlers(where: string, names: readonly string[], handlers: object): void {
  for (const name of names) {
    const handler: unknown = Reflect.get(handlers, name)
    if (typeof handler !== 'function') {
      throw new TypeError(`${where}.${name}: expected a function, got ${handler === undefined ? 'nothing' : typeof handler}`)
    }
  }
  const extra = Object.keys(handlers).find((name) => !names.includes(name))
  if (extra !== undefined) throw new TypeError(`${where}.${extra}: there is nothing of that name to handle (known: ${names.join(', ')})`)
}
