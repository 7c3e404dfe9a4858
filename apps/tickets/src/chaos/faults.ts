/** What befalls the system. Each fault takes what it hurts, hurts it, and mends it before it resolves. */
import type { TcpProxy, KafkaBroker } from '@millrace/testing/kafka'
import type { Random } from 'app-kit/random'
import type { AppInstance } from './app-instance.ts'
import { pause } from './session.ts'
import type { System } from './system.ts'

export interface Fault {
  readonly name: string
  /** What it needs for itself: an instance, all of them, a broker as a process, or nothing of that. */
  readonly takes: 'instance' | 'instances' | 'broker' | 'nothing'
  run(context: FaultContext): Promise<void>
}

export interface FaultContext {
  readonly system: System
  readonly random: Random
  /** Its own, where the fault takes one. */
  readonly instance: AppInstance
  readonly broker: KafkaBroker
  /** Aborts when faults must end: they mend what they hurt, and resolve. */
  readonly signal: AbortSignal
  /** Counts what was done. */
  readonly did: (what: string) => void
}

/** A member that is not heard of for so long loses its shards: the adapter's default, in milliseconds. */
const SESSION_TIMEOUT_MS = 10_000
/** After a broker is back, its replicas catch up for so long before another one may go. */
const CATCH_UP_MS = 6_000
const PRODUCE = 0

const killInstance: Fault = {
  name: 'an instance is killed',
  takes: 'instance',
  async run({ instance, random, signal, did }) {
    await instance.kill()
    did('instances killed')
    await pause(random.below(8_000), signal)
    await instance.start()
  },
}

const pauseInstance: Fault = {
  name: 'an instance sleeps longer than its session lasts, and wakes',
  takes: 'instance',
  async run({ instance, random, signal, did }) {
    instance.pause()
    did('instances put to sleep')
    await pause(SESSION_TIMEOUT_MS + 1_000 + random.below(3_000), signal)
    instance.resume()
  },
}

const napInstance: Fault = {
  name: 'an instance sleeps for a moment',
  takes: 'instance',
  async run({ instance, random, signal, did }) {
    for (let naps = 0; naps < 3 && !signal.aborted; naps++) {
      instance.pause()
      did('instances put to sleep for a moment')
      await pause(500 + random.below(2_500), signal)
      instance.resume()
      await pause(random.below(1_500), signal)
    }
  },
}

const stopInstance: Fault = {
  name: 'an instance is stopped, and started',
  takes: 'instance',
  async run({ instance, random, signal, did }) {
    did((await instance.stop()) ? 'instances stopped cleanly' : 'instances that did not stop cleanly')
    await pause(random.below(3_000), signal)
    await instance.start()
  },
}

const storm: Fault = {
  name: 'instances come and go every two seconds',
  takes: 'instances',
  async run({ system: { instances }, random, signal, did }) {
    const under = new Map<AppInstance, Promise<void>>()
    for (let turns = 0; turns < 10 && !signal.aborted; turns++) {
      const instance = random.pick(instances)
      const isFree = !under.has(instance) && instances.some((other) => other !== instance && other.isUp && !under.has(other))
      if (isFree) {
        did('comings and goings in a storm')
        const again = (random.next() < 0.5 ? instance.kill() : instance.stop())
          .then(() => pause(random.below(1_500), signal))
          .then(() => instance.start())
        under.set(
          instance,
          again.finally(() => under.delete(instance)),
        )
      }
      await pause(2_000, signal)
    }
    await Promise.all(under.values())
  },
}

const killBroker: Fault = {
  name: 'a broker is killed',
  takes: 'broker',
  async run({ broker, random, signal, did }) {
    await broker.kill()
    did('brokers killed')
    await pause(2_000 + random.below(8_000), signal)
    await broker.start()
    await pause(CATCH_UP_MS, signal)
  },
}

const stopBroker: Fault = {
  name: 'a broker is stopped, and started',
  takes: 'broker',
  async run({ broker, random, signal, did }) {
    await broker.stop()
    did('brokers stopped cleanly')
    await pause(random.below(4_000), signal)
    await broker.start()
    await pause(CATCH_UP_MS, signal)
  },
}

const slow: Fault = {
  name: 'brokers are slow to reach',
  takes: 'nothing',
  async run({ system: { proxies }, random, signal, did }) {
    const slowed = random.next() < 0.5 ? proxies : [random.pick(proxies)]
    for (const proxy of slowed) proxy.delayMs = 20 + random.below(400)
    did('proxies slowed')
    await pause(3_000 + random.below(4_000), signal)
    for (const proxy of slowed) proxy.delayMs = 0
  },
}

const cut: Fault = {
  name: 'connections are cut',
  takes: 'nothing',
  async run({ system: { proxies }, random, signal, did }) {
    for (let cuts = 0; cuts < 6 && !signal.aborted; cuts++) {
      random.pick(proxies).cut()
      did('cuts')
      await pause(random.below(1_200), signal)
    }
  },
}

const refuse: Fault = {
  name: 'a broker cannot be reached',
  takes: 'nothing',
  run: (context) =>
    withProxy(context, 'brokers out of reach', (proxy, on) => {
      if (on) proxy.cut()
      return proxy.refuse(on)
    }),
}

const halfOpen: Fault = {
  name: 'connections are half open',
  takes: 'nothing',
  run: (context) => withProxy(context, 'times half open', (proxy, on) => proxy.halfOpen(on)),
}

const mute: Fault = {
  name: 'a broker acts, and its answers are lost',
  takes: 'nothing',
  run: (context) => withProxy(context, 'times mute', (proxy, on) => proxy.dropAnswers(on)),
}

const loseProduced: Fault = {
  name: 'answers to what was appended are lost',
  takes: 'nothing',
  async run({ system: { proxies }, random, signal, did }) {
    for (let lost = 0; lost < 10 && !signal.aborted; lost++) {
      // One that nothing is sent to any more loses its answer later.
      await Promise.race([random.pick(proxies).dropNextAnswer({ apiKey: PRODUCE }), pause(2_000, signal)])
      did('answers to appends lost')
      await pause(random.below(800), signal)
    }
  },
}

async function withProxy(
  { system: { proxies }, random, signal, did }: FaultContext,
  what: string,
  set: (proxy: TcpProxy, on: boolean) => Promise<void> | void,
): Promise<void> {
  const proxy = random.pick(proxies)
  await set(proxy, true)
  did(what)
  await pause(2_000 + random.below(9_000), signal)
  await set(proxy, false)
}

export const faults: readonly Fault[] = [
  killInstance,
  pauseInstance,
  napInstance,
  stopInstance,
  storm,
  killBroker,
  stopBroker,
  slow,
  cut,
  refuse,
  halfOpen,
  mute,
  loseProduced,
]
