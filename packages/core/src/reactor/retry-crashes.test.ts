import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command, createMemoryLog, MillraceError, type Batch, type Clock, type Log, type NewRecord } from '../index.ts'
import { Signal } from '../internal/signal.ts'
import { Reactions } from '../shard/reactions.ts'
import { createRegistry } from '../shard/registry.ts'
import { crediting, transfers } from './fixtures/transfers.ts'
import { ReactorProgress, type ReactedData } from './progress.ts'
import { fromReactionId } from './reaction-id.ts'
import type { Reactor } from './reactor.ts'
import { ReactorLoop } from './reactor-loop.ts'

const TARGETS = 3
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const never = (): Promise<never> => new Promise(() => undefined)
/** Nothing waits for long here. */
const hasty: Clock = {
  nowMs: () => performance.now(),
  after: (_delayMs, callback) => {
    const timer = setTimeout(callback, 1)
    return () => clearTimeout(timer)
  },
}

interface Owner {
  readonly loop: ReactorLoop
  readonly marker: number
  readonly given: AbortController
  /** A dead one does nothing any more; a fenced one learns it when it next appends something to its shard. */
  state: 'owns' | 'fenced' | 'dead'
}

/** One partition of events, whose owners die at any point, and the shards that its reactor sends commands to. */
class World {
  readonly random: (below: number) => number
  readonly records: NewRecord[] = []
  readonly #added = new Signal()
  /** By shard: ids and what they are to do, as they lie in the log; how far they are decided; and what is known of them. */
  readonly targets = Array.from({ length: TARGETS }, () => ({
    sent: [] as { id: string; what: string }[],
    next: 0,
    reactions: new Reactions(),
  }))
  /** What was done, and how often. */
  readonly done = new Map<string, number>()
  failsOneIn = 3
  owner: Owner | undefined
  #events = 0

  constructor(seed: number) {
    let state = seed
    this.random = (below) => ((state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) >>> 8) % below
  }

  append(kind: NewRecord['kind'], type: string, key: string, data: unknown): void {
    const commandId = kind === 'event' ? `e${this.#events++}` : ''
    const record = { kind, type, key, timeMs: 0, data: JSON.stringify(data), commandId, index: 0, commandOffset: -1, fingerprint: 0 }
    this.records.push(record)
    this.#added.fire()
  }

  get events(): readonly NewRecord[] {
    return this.records.filter(({ type }) => type === 'Started')
  }

  async *#read(from: number, signal: AbortSignal): AsyncGenerator<Batch> {
    for (let first = from; !signal.aborted;) {
      const next = Math.min(this.records.length, first + 1 + this.random(4))
      if (first === next) await this.#added.wait(signal)
      else yield { partition: 0, first, next, records: this.records.slice(first, next) }
      first = next
      await turn()
    }
  }

  /** Another owner, from a new marker on. The one before is dead, or does not know yet. */
  takeOver(): void {
    if (this.owner !== undefined) this.#lose(this.owner, this.random(2) === 0 ? 'dead' : 'fenced')
    const marker = this.records.length
    this.append('owned', 'owned', '', { epoch: marker })
    const known = new ReactorProgress()
    for (const { kind, data } of this.records) if (kind === 'reacted') known.apply(JSON.parse(data) as ReactedData)
    const given = new AbortController()
    let appended: Promise<void> = Promise.resolve()
    const react = (reacted: ReactedData): Promise<void> =>
      (appended = appended.then(async () => {
        for (let turns = this.random(6); turns > 0; turns--) await turn()
        if (owner.state === 'dead') return never()
        if (owner.state === 'fenced') return given.abort()
        this.append('reacted', 'reacted', '', reacted)
      }))
    const submit: Log['submit'] = async (partition, { id, data }) => {
      for (let turns = this.random(6); turns > 0; turns--) await turn()
      if (owner.state === 'dead') return never()
      if (this.random(8) === 0) throw new MillraceError('LOG_UNAVAILABLE', 'injected, not stored')
      this.targets[partition]!.sent.push({ id, what: (JSON.parse(data) as { readonly from: string }).from })
      if (this.random(8) === 0) throw new MillraceError('LOG_OUTCOME_UNKNOWN', 'injected, stored all the same')
      await turn()
      return (owner.state as string) === 'dead' ? never() : 0
    }
    const log: Log = { ...createMemoryLog({ partitions: TARGETS }), submit, read: (_partition, from, signal) => this.#read(from, signal) }
    const reactor = this.#reactor()
    const shard = { progressOf: async () => known, react }
    const context = { log, registry: createRegistry(transfers(reactor)), clock: hasty, onTrouble: () => undefined }
    const loop = new ReactorLoop(reactor, { partition: 0, epoch: marker, marker, signal: given.signal }, shard, context)
    const owner: Owner = { loop, marker, given, state: 'owns' }
    this.owner = owner
    void loop.run()
  }

  #lose(owner: Owner, state: 'fenced' | 'dead'): void {
    owner.state = state
    if (state === 'dead') owner.given.abort()
  }

  /** Up to three credits, to accounts of several shards; fails now and then, at once or later. */
  #reactor(): Reactor {
    return {
      ...crediting(),
      on: {
        Started: async (_data, { commandId }) => {
          for (let turns = this.random(3); turns > 0; turns--) await turn()
          if (this.failsOneIn > 0 && this.random(this.failsOneIn) === 0) throw new Error('injected')
          return this.creditsOf(commandId).map((from, at) => command('Credit', { accountId: `a${at * 5}`, amount: 1, from }))
        },
      },
    }
  }

  creditsOf(commandId: string): readonly string[] {
    return Array.from({ length: Number(commandId.slice(1)) % 4 }, (_, at) => `${commandId}.${at}`)
  }

  decide(target: (typeof this.targets)[number], count: number): void {
    for (const { id, what } of target.sent.slice(target.next, target.next + count)) {
      const reaction = fromReactionId(id)
      assert.ok(reaction, id)
      if (!target.reactions.isRepeat(reaction)) this.done.set(what, (this.done.get(what) ?? 0) + 1)
      target.reactions.add(reaction)
    }
    target.next = Math.min(target.sent.length, target.next + count)
  }

  decideAll(): void {
    for (const each of this.targets) this.decide(each, Infinity)
  }
}

for (let seed = 1; seed <= 24; seed++) {
  test(`whenever owners die and whatever is retried, each command is done once (seed ${seed})`, async () => {
    const world = new World(seed)
    const { random } = world
    const keys = ['k0', 'k1', 'k2', 'k3', 'k4', 'k5']
    const skipped = new Set<number>()
    const operate = (isSkip: boolean): void => {
      for (const { key, offset } of world.owner!.loop.status.parked) {
        if (random(2) === 0) continue
        if (isSkip) skipped.add(offset)
        world.append('event', isSkip ? 'millrace.ParkedSkipped' : 'millrace.ParkedRetried', key, {
          reader: 'crediting',
          key,
          offset,
          by: 'ann',
          why: 'it',
        })
      }
    }
    world.takeOver()
    for (let step = 0; step < 250; step++) {
      const what = random(20)
      if (what < 8) world.append('event', 'Started', keys[random(keys.length)]!, { to: 'a', amount: 1 })
      else if (what < 11) world.decide(world.targets[random(TARGETS)]!, random(5))
      else if (what < 13) operate(false)
      else if (what === 13) operate(random(4) === 0)
      else if (what === 14) world.takeOver()
      for (let turns = random(5); turns > 0; turns--) await turn()
    }
    world.failsOneIn = 0
    world.takeOver()
    const { loop } = world.owner!
    const isOver = (): boolean => loop.isLoaded && loop.status.next === world.records.length && loop.status.parked.length === 0
    for (const endMs = performance.now() + 60_000; !isOver();) {
      assert.ok(performance.now() < endMs, `not within 60 s: ${JSON.stringify(loop.status)}`)
      operate(false)
      for (let turns = 0; turns < 200 && !isOver(); turns++) await turn()
    }
    world.decideAll()
    world.owner!.given.abort()
    const wrong = world.records.flatMap(({ type, commandId }, offset) =>
      type === 'Started'
        ? world
            .creditsOf(commandId)
            .filter((each) => ((count) => (skipped.has(offset) ? count > 1 : count !== 1))(world.done.get(each) ?? 0))
            .map((each) => `${each} at ${offset}: ${world.done.get(each) ?? 0}`)
        : [],
    )
    assert.deepEqual(wrong, [])
  })
}
