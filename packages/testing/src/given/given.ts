import assert from 'node:assert/strict'
import type { Aggregate, CommandMessage, Schema, Schemas } from '@millrace/core'
import { check, listed, throughLog } from './schema-check.ts'

type InputOf<S extends Schema> = NonNullable<S['~standard']['types']>['input']
type OutputOf<S extends Schema> = NonNullable<S['~standard']['types']>['output']
type Name<S extends Schemas> = keyof S & string

/** An event of the aggregate, as `event(…)` makes it. */
export type EventOfAggregate<A extends Aggregate> = {
  readonly [Type in Name<A['events']>]: { readonly kind: 'event'; readonly type: Type; readonly data: InputOf<A['events'][Type]> }
}[Name<A['events']>]

/** A command of the aggregate, as `command(…)` makes it. */
export type CommandOfAggregate<A extends Aggregate> = {
  readonly [Type in Name<A['commands']>]: CommandMessage<Type, InputOf<A['commands'][Type]>>
}[Name<A['commands']>]

/** A timer as `schedule(…)` makes it, or `cancel(…)`. */
export type TimerOfAggregate<A extends Aggregate> =
  | {
      readonly kind: 'schedule'
      readonly dueMs: number
      readonly name: string | undefined
      readonly command: { readonly [Type in Name<A['commands']>]: CommandMessage<Type, OutputOf<A['commands'][Type]>> }[Name<A['commands']>]
    }
  | { readonly kind: 'cancel'; readonly name: string }

type CodeOf<A extends Aggregate> = A extends Aggregate<string, Schemas, Schemas, infer Code> ? Code : never

export interface WhenOptions {
  /** The recorded time of the command, in epoch milliseconds (default 0). */
  readonly nowMs?: number
  /** Default: `the-command`. */
  readonly commandId?: string
}

/** What came of the command. Each check may be made, one after another, on the same `when`. */
export interface When<A extends Aggregate> {
  /** It was accepted, and exactly these events follow, in this order. Timers are left to `thenTimers`. */
  thenEvents(...events: readonly EventOfAggregate<A>[]): Promise<void>
  /** It was accepted, and neither event nor timer follows. */
  thenNothing(): Promise<void>
  /** It was accepted, and exactly these timers are set or taken back, in this order. */
  thenTimers(...timers: readonly TimerOfAggregate<A>[]): Promise<void>
  /** It was refused with that code and, where given, exactly these details. */
  thenRejected(code: CodeOf<A>, details?: Readonly<Record<string, unknown>>): Promise<void>
  /** Its data does not fit the command's schema, with an issue at that path (as `seats.0`). */
  thenInvalid(path?: string): Promise<void>
}

export interface Given<A extends Aggregate> {
  when(command: CommandOfAggregate<A>, options?: WhenOptions): When<A>
}

/**
 * Given an aggregate to which `events` happened, when it is told `command`, then …
 * Runs the aggregate's own schemas, `decide` and `evolve`, and notices a `decide` that changes its state or is not a function
 * of what it is given.
 *
 *     await given(show, event('ShowScheduled', theatre))
 *       .when(command('HoldSeats', { showId, seats: ['A-1-1'], customerId }), { nowMs: 1_000 })
 *       .thenEvents(event('SeatsHeld', { seats: ['A-1-1'], customerId, untilMs: 601_000 }))
 */
export function given<A extends Aggregate>(aggregate: A, ...events: readonly NoInfer<EventOfAggregate<A>>[]): Given<A> {
  return {
    when(command, options = {}) {
      const decided = (): Promise<Outcome> => decideOn(aggregate, events, command, options)
      const accepted = async (): Promise<readonly Emission[]> => {
        const outcome = await decided()
        if (outcome.kind === 'accepted') return outcome.emitted
        return assert.fail(
          outcome.kind === 'rejected'
            ? `${command.type} was rejected: ${outcome.code} ${JSON.stringify(outcome.details)}`
            : `${command.type} does not fit its schema:\n${listed(outcome.issues)}`,
        )
      }
      return {
        async thenEvents(...expected) {
          const happened = (await accepted()).filter((each) => each.kind === 'event').map(({ type, data }) => ({ type, data }))
          const wanted = expected.map(({ type, data }) => ({ type: type, data: throughLog(data) }))
          assert.deepEqual(happened, wanted)
        },
        async thenNothing() {
          assert.deepEqual(await accepted(), [])
        },
        async thenTimers(...expected) {
          const timers = (await accepted()).filter((each) => each.kind !== 'event')
          assert.deepEqual(timers.map(throughLog), expected.map(throughLog))
        },
        async thenRejected(code, details) {
          const outcome = await decided()
          if (outcome.kind === 'accepted') assert.fail(`${command.type} was accepted: ${JSON.stringify(outcome.emitted)}`)
          if (outcome.kind === 'invalid') assert.fail(`${command.type} does not fit its schema:\n${listed(outcome.issues)}`)
          assert.equal(outcome.code, code)
          if (details !== undefined) assert.deepEqual(throughLog(outcome.details), throughLog(details))
        },
        async thenInvalid(path) {
          const outcome = await decided()
          if (outcome.kind !== 'invalid') assert.fail(`${command.type} fits its schema, and was ${outcome.kind}`)
          if (path === undefined) return
          assert.ok(
            outcome.issues.some((issue) => issue.path === path),
            `no issue at '${path}', but:\n${listed(outcome.issues)}`,
          )
        },
      }
    },
  }
}

type Emission =
  | { readonly kind: 'event'; readonly type: string; readonly data: unknown }
  | { readonly kind: 'schedule'; readonly dueMs: number; readonly name: string | undefined; readonly command: CommandMessage }
  | { readonly kind: 'cancel'; readonly name: string }

type Outcome =
  | { readonly kind: 'accepted'; readonly emitted: readonly Emission[] }
  | { readonly kind: 'rejected'; readonly code: string; readonly details: Readonly<Record<string, unknown>> }
  | { readonly kind: 'invalid'; readonly issues: readonly { readonly path: string; readonly message: string }[] }

async function decideOn(
  aggregate: Aggregate,
  events: readonly { readonly type: string; readonly data: unknown }[],
  command: CommandMessage,
  { nowMs = 0, commandId = 'the-command' }: WhenOptions,
): Promise<Outcome> {
  const schema = aggregate.commands[command.type]
  const decide = aggregate.decide[command.type]
  if (schema === undefined || decide === undefined) throw new TypeError(`aggregate '${aggregate.name}' has no command '${command.type}'`)
  const entered = await check(schema, throughLog(command.data))
  if (!entered.ok) return { kind: 'invalid', issues: entered.issues }

  // Everything twice, from separate states: what differs was not decided from what the log holds.
  const decideOnce = async (): Promise<Outcome> => {
    const state = await foldOf(aggregate, events)
    const data = throughLog(entered.value)
    const context = { nowMs, commandId, key: aggregate.key(data as never) }
    const decision = decide(data as never, state as never, context)
    assert.deepEqual(state, await foldOf(aggregate, events), `decide.${command.type} changed the state it was given; only evolve may`)
    if ('kind' in decision) return { kind: 'rejected', code: decision.code, details: decision.details }
    const emitted: Emission[] = []
    for (const each of decision) {
      if (each.kind === 'event') emitted.push({ kind: 'event', type: each.type, data: await stored(aggregate, each) })
      else if (each.kind === 'schedule') emitted.push({ kind: 'schedule', dueMs: each.dueMs, name: each.name, command: each.command })
      else emitted.push({ kind: 'cancel', name: each.name })
    }
    await foldOf(aggregate, [...events, ...emitted.filter((each) => each.kind === 'event')]) // what was decided can be folded
    return { kind: 'accepted', emitted }
  }
  const outcome = await decideOnce()
  assert.deepEqual(
    throughLog(await decideOnce()),
    throughLog(outcome),
    `decide.${command.type} gave two answers to the same state, command and time: it reads a clock, randomness, or what is not in the log`,
  )
  return outcome
}

async function foldOf(aggregate: Aggregate, events: readonly { readonly type: string; readonly data: unknown }[]): Promise<unknown> {
  let state = aggregate.initialState()
  for (const event of events) {
    const evolve = aggregate.evolve[event.type]
    if (evolve === undefined) throw new TypeError(`aggregate '${aggregate.name}' has no event '${event.type}'`)
    state = evolve(state as never, (await stored(aggregate, event)) as never)
  }
  return state
}

async function stored(aggregate: Aggregate, event: { readonly type: string; readonly data: unknown }): Promise<unknown> {
  const schema = aggregate.events[event.type]
  if (schema === undefined) throw new TypeError(`aggregate '${aggregate.name}' has no event '${event.type}'`)
  const checked = await check(schema, throughLog(event.data))
  if (!checked.ok) throw new assert.AssertionError({ message: `${event.type} does not fit its schema:\n${listed(checked.issues)}` })
  return throughLog(checked.value)
}
