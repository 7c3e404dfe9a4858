import assert from 'node:assert/strict'
import type { Aggregate, CommandMessage, GivenUp, ReactionContext, Reactor } from '@millrace/core'
import type { CommandOfAggregate } from './given.ts'
import type { Happened } from './given-projection.ts'
import { check, listed, throughLog } from './schema-check.ts'

type CommandOf<A extends Aggregate> = A extends Aggregate ? CommandOfAggregate<A> : never

/** A command that the reactor may send, as `command(…)` makes it. */
export type CommandOfReactor<R extends Reactor> = R extends Reactor<string, readonly Aggregate[], infer To> ? CommandOf<To[number]> : never

export interface HappenedOptions {
  /** The command that led to the event (default `the-command`): its id is in the event's id and in the idempotency key. */
  readonly commandId?: string
}

export interface WhenHappenedOptions extends HappenedOptions {
  /** Which attempt it is (default 1). */
  readonly attempt?: number
  /** What the handler is given as its `signal` (default: one that never aborts). */
  readonly signal?: AbortSignal
}

export interface WhenGivenUpOptions extends HappenedOptions {
  /** What the last attempt threw. */
  readonly error: unknown
  /** How many there were (default: as many as the reactor's `effect` allows). */
  readonly attempts?: number
}

/**
 * What follows. Each check calls the handler anew: with one that calls the outside, make one check, and ask the fake after it.
 */
export interface WhenHappened<R extends Reactor> {
  /** Exactly these commands, in this order. Both are compared as JSON, as the log keeps them. */
  thenCommands(...commands: readonly CommandOfReactor<R>[]): Promise<void>
  /** No command; so it is for an event without a handler, too. */
  thenNothing(): Promise<void>
  /**
   * The handler throws, or nobody gives up what was thrown: after its last attempt the event's key is parked. `expected`
   * is as with `assert.rejects`.
   */
  thenThrows(expected?: RegExp | Error | Readonly<Record<string, unknown>>): Promise<void>
}

export interface GivenReactor<R extends Reactor> {
  /** One attempt to handle what happened: several events one after the other. */
  when(what: Happened, options?: WhenHappenedOptions): WhenHappened<R>
  /** The last attempt has failed. */
  whenGivenUp(what: Happened, options: WhenGivenUpOptions): WhenHappened<R>
}

/**
 * Given a reactor, when an event happened, then these commands follow.
 * Runs its own handlers; checks the event against its schema, and each command against that of its aggregate, which has to
 * be one of the reactor's `to`. A handler that answers at once is called twice, and has to say the same.
 *
 *     await givenReactor(stockKeeping)
 *       .when(happened(order, 'o-1', event('OrderPlaced', { … })))
 *       .thenCommands(command('ReserveStock', { productId: 'lamp', orderId: 'o-1', quantity: 1 }))
 */
export const givenReactor = <R extends Reactor>(reactor: R): GivenReactor<R> => ({
  when: (what, options = {}) => checks(reactor, () => reactionTo(reactor, what, (type) => handled(reactor, type, options), options)),
  whenGivenUp: (what, options) => checks(reactor, () => reactionTo(reactor, what, (type) => givenUp(reactor, type, options), options)),
})

type About = Omit<GivenUp, 'error' | 'attempts'>
/** What handles an event; undefined where nobody does. */
type Handle = (data: unknown, about: About) => readonly CommandMessage[] | Promise<readonly CommandMessage[]>

/** What the reactor's own code threw: no fault of the test's. */
class Thrown extends Error {
  override readonly name = 'Thrown'
}

function checks<R extends Reactor>(reactor: R, follow: () => Promise<readonly CommandMessage[]>): WhenHappened<R> {
  return {
    async thenCommands(...expected) {
      const wanted: readonly CommandMessage[] = expected
      assert.deepEqual((await asThrown(follow())).map(asKept), wanted.map(asKept))
    },
    async thenNothing() {
      assert.deepEqual((await asThrown(follow())).map(asKept), [])
    },
    async thenThrows(expected) {
      const followed = follow()
      const sent = await followed.catch((error: unknown) => {
        if (!(error instanceof Thrown)) throw error
      })
      if (sent !== undefined) assert.fail(`reactor '${reactor.name}' threw nothing, and sent ${JSON.stringify(sent.map(asKept))}`)
      if (expected !== undefined) await assert.rejects(asThrown(followed), expected)
    },
  }
}

/** Rejects with what the reactor's own code threw, as it was. */
const asThrown = <T>(followed: Promise<T>): Promise<T> =>
  followed.catch((error: unknown) => {
    throw error instanceof Thrown ? error.cause : error
  })

const asKept = ({ type, data }: CommandMessage): object => ({ type, data: throughLog(data) })

async function reactionTo(
  reactor: Reactor,
  { aggregate, key, timeMs, events }: Happened,
  handlerOf: (type: string) => Handle | undefined,
  { commandId = 'the-command' }: HappenedOptions,
): Promise<readonly CommandMessage[]> {
  if (!reactor.from.includes(aggregate)) throw new TypeError(`reactor '${reactor.name}' does not follow aggregate '${aggregate.name}'`)
  if (events.length === 0) throw new TypeError(`reactor '${reactor.name}': nothing happened; name an event, happened(…, 'key', event(…))`)
  const commands: CommandMessage[] = []
  for (const [index, { type, data }] of events.entries()) {
    const schema = aggregate.events[type]
    if (schema === undefined) throw new TypeError(`aggregate '${aggregate.name}' has no event '${type}'`)
    const checked = await check(schema, throughLog(data))
    if (!checked.ok) assert.fail(`${type} does not fit its schema:\n${listed(checked.issues)}`)
    const handle = handlerOf(type)
    if (handle === undefined) continue
    const eventId = `${commandId}.${index}`
    const about = { key, timeMs, commandId, eventId, idempotencyKey: `${reactor.name}:${eventId}` }
    const call = (): ReturnType<Handle> => handle(throughLog(checked.value), about)
    for (const each of await steady(reactor, type, call)) {
      await requireSendable(reactor, each)
      commands.push(each)
    }
  }
  return commands
}

function handled(reactor: Reactor, type: string, { attempt = 1, signal }: WhenHappenedOptions): Handle | undefined {
  const handler = reactor.on[type]
  if (handler === undefined) return undefined
  const context = { attempt, signal: signal ?? new AbortController().signal }
  return (data, about) => handler(data as never, { ...about, ...context } satisfies ReactionContext)
}

function givenUp(reactor: Reactor, type: string, { error, attempts = reactor.effect?.attempts ?? 1 }: WhenGivenUpOptions): Handle {
  if (reactor.on[type] === undefined) throw new TypeError(`reactor '${reactor.name}' has no handler for '${type}': it is never given up`)
  const handler = reactor.givenUp[type]
  return (data, about) => {
    if (handler === undefined) throw error
    return handler(data as never, { ...about, error, attempts } satisfies GivenUp)
  }
}

/** One that gives a promise may call the outside: that is done once. */
async function steady(reactor: Reactor, type: string, call: () => ReturnType<Handle>): Promise<readonly CommandMessage[]> {
  const [reaction, again] = await thrown(async () => {
    const first = call()
    return first instanceof Promise ? [await first] : [first, await call()]
  })
  if (again !== undefined)
    assert.deepEqual(
      again.map(asKept),
      reaction.map(asKept),
      `reactor '${reactor.name}' gave two answers to the same ${type}: it reads a clock, randomness, or what is not in the event`,
    )
  return reaction
}

const thrown = <T>(call: () => Promise<T>): Promise<T> =>
  call().catch((error: unknown) => {
    throw new Thrown('the handler threw', { cause: error })
  })

async function requireSendable(reactor: Reactor, { type, data }: CommandMessage): Promise<void> {
  const target = reactor.to.find((each) => Object.hasOwn(each.commands, type))
  if (target === undefined) {
    const known = reactor.to.map(({ name }) => name).join(', ')
    assert.fail(`reactor '${reactor.name}' sent ${type}, which is no command of those it may send to (${known})`)
  }
  const checked = await check(target.commands[type]!, data)
  if (!checked.ok) assert.fail(`reactor '${reactor.name}' sent ${type}, which does not fit its schema:\n${listed(checked.issues)}`)
}
