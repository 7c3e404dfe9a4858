import { requireHandlers, type Aggregate } from '../shard/aggregate.ts'
import type { EventsOf } from '../projection/projection.ts'
import type { CommandMessage } from '../shard/decision.ts'
import type { OutputOf, Schema } from '../schema.ts'

export interface ReactionContext {
  /** The key of the aggregate the event is of. */
  readonly key: string
  readonly timeMs: number
  /** The event's id: the same whenever it is read again. */
  readonly eventId: string
}

export interface ReactorDefinition<From extends readonly Aggregate[]> {
  readonly from: From
  /** The commands that follow from an event; the same ones whenever it is read again. Events without a handler are passed over. */
  readonly on: {
    readonly [Type in keyof EventsOf<From[number]> & string]?: EventsOf<From[number]>[Type] extends Schema
      ? (data: OutputOf<EventsOf<From[number]>[Type]>, context: ReactionContext) => readonly CommandMessage[]
      : never
  }
}

export interface Reactor<Name extends string = string> {
  readonly kind: 'reactor'
  readonly name: Name
  readonly from: readonly Aggregate[]
  readonly on: Readonly<Record<string, (data: never, context: ReactionContext) => readonly CommandMessage[]>>
}

/** Defines what follows from events: commands, sent with ids derived from the event, so that none is done twice. */
export function reactor<const Name extends string, const From extends readonly Aggregate[]>(
  name: Name,
  { from, on }: ReactorDefinition<From>,
): Reactor<Name> {
  const handled = from.flatMap((source) => Object.keys(source.events)).filter((type) => Object.hasOwn(on, type))
  requireHandlers(`reactor '${name}': on`, handled, on)
  return { kind: 'reactor', name, from, on: on as Reactor['on'] }
}
