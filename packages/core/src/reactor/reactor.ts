import { requireHandlers, type Aggregate } from '../shard/aggregate.ts'
import type { EventsOf } from '../projection/projection.ts'
import type { CommandMessage } from '../shard/decision.ts'
import type { InputOf, OutputOf, Schema, Schemas } from '../schema.ts'
import { requireEffect, type EffectOptions } from './effects/effect-options.ts'

export interface ReactionContext {
  /** The key of the aggregate the event is of. */
  readonly key: string
  /** The recorded time of the command that led to the event, in epoch milliseconds. */
  readonly timeMs: number
  /** The command that led to the event. */
  readonly commandId: string
  /** The event's id: the same whenever it is read again. */
  readonly eventId: string
  /** For calls to the outside: the same however often the event is handled, and no other reactor's. */
  readonly idempotencyKey: string
  /** Which attempt this is: 1, 2, … */
  readonly attempt: number
  /** Aborts when the attempt has taken too long, or the shard is given up: hand it on to what is called. */
  readonly signal: AbortSignal
}

/** Why an event was given up. */
export interface GivenUp extends Omit<ReactionContext, 'attempt' | 'signal'> {
  /** What the last attempt threw. */
  readonly error: unknown
  readonly attempts: number
}

type CommandsOf<To extends Aggregate> = To extends Aggregate<string, infer Commands> ? MessageOf<Commands> : never
type MessageOf<Commands extends Schemas> = {
  [Type in keyof Commands & string]: CommandMessage<Type, InputOf<Commands[Type]>>
}[keyof Commands & string]

/** The commands that follow. */
export type Reaction<To extends Aggregate> = readonly CommandsOf<To>[]

export interface ReactorDefinition<From extends readonly Aggregate[], To extends readonly Aggregate[]> {
  /** The aggregates whose events it follows. */
  readonly from: From
  /** The aggregates that it may send commands to, those among them too that no client may send. */
  readonly to: To
  /**
   * The commands that follow from an event. Events without a handler are passed over. One key's events are handled one
   * after the other, those of others meanwhile. A handler may be called again for an event it has handled; what it has sent
   * for it before is then not done twice, command by command (by their places in the list): so it should give the same.
   * An event whose handler throws parks its key, see `effect` and `givenUp` for those that call the outside.
   */
  readonly on: {
    readonly [Type in keyof EventsOf<From[number]> & string]?: EventsOf<From[number]>[Type] extends Schema
      ? (data: OutputOf<EventsOf<From[number]>[Type]>, context: ReactionContext) => Reaction<To[number]> | Promise<Reaction<To[number]>>
      : never
  }
  /** For handlers that call the outside: how long, how often, and how many at once. Without it, one attempt. */
  readonly effect?: EffectOptions
  /** What follows where the last attempt has failed. Without one, the event's key is parked. */
  readonly givenUp?: {
    readonly [Type in keyof EventsOf<From[number]> & string]?: EventsOf<From[number]>[Type] extends Schema
      ? (data: OutputOf<EventsOf<From[number]>[Type]>, context: GivenUp) => Reaction<To[number]>
      : never
  }
  /** Where it begins on a log that has never seen it: with the first event (default), or with those that come from now on. */
  readonly since?: 'beginning' | 'now'
}

type Handler<Context> = (data: never, context: Context) => readonly CommandMessage[] | Promise<readonly CommandMessage[]>

export interface Reactor<
  Name extends string = string,
  From extends readonly Aggregate[] = readonly Aggregate[],
  To extends readonly Aggregate[] = readonly Aggregate[],
> {
  readonly kind: 'reactor'
  readonly name: Name
  readonly from: From
  readonly to: To
  readonly on: Readonly<Record<string, Handler<ReactionContext>>>
  /** Undefined where its handlers call nobody. */
  readonly effect: EffectOptions | undefined
  readonly givenUp: Readonly<Record<string, Handler<GivenUp>>>
  readonly since: 'beginning' | 'now'
}

/** Defines what follows from events: commands, sent with ids derived from the event, so that none is done twice. */
export function reactor<const Name extends string, const From extends readonly Aggregate[], const To extends readonly Aggregate[]>(
  name: Name,
  { from, to, on, effect, givenUp = {}, since = 'beginning' }: ReactorDefinition<From, To>,
): Reactor<Name, From, To> {
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name))
    throw new TypeError(
      `reactor '${name}': a name is lower case letters, digits and hyphens, and begins with a letter (it is in command ids)`,
    )
  const types = from.flatMap((source) => Object.keys(source.events))
  for (const [what, handlers] of Object.entries({ on, givenUp }))
    requireHandlers(
      `reactor '${name}': ${what}`,
      types.filter((type) => Object.hasOwn(handlers, type)),
      handlers,
    )
  if (effect !== undefined) requireEffect(`reactor '${name}': effect`, effect)
  return { kind: 'reactor', name, from, to, on: on as Reactor['on'], effect, givenUp: givenUp as Reactor['givenUp'], since }
}
