/** All faults are over: everything is put right again, and must serve. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from 'app-kit/random'
import type { History } from './history.ts'
import { Session } from './session.ts'
import type { System } from './system.ts'
import type { House } from './visitor.ts'

/** When all is well again, the system has so long to come to rest and serve, in milliseconds. */
export const HEALING_MS = 30_000

/** What faults mend by themselves, once more: nothing may stay hurt. */
export async function mend({ instances, proxies, cluster }: System): Promise<void> {
  for (const proxy of proxies) {
    proxy.delayMs = 0
    proxy.halfOpen(false)
    proxy.dropAnswers(false)
    await proxy.refuse(false)
  }
  await Promise.all(cluster.brokers.map(async (broker) => broker.resume()))
  await Promise.all(
    instances.map(async (instance) => {
      instance.resume()
      await instance.start()
    }),
  )
}

/** Every instance must be ready, and get an answer from every show. Resolves when they are; rejects with who is not. */
export async function probe(
  system: System,
  { houses, history, signal }: { readonly houses: readonly House[]; readonly history: History; readonly signal: AbortSignal },
): Promise<void> {
  const urls = system.instances.map(({ url }) => url)
  await Promise.all(
    urls.map(async (url, instance) => {
      let waiting = 'it was not asked'
      while (!signal.aborted) {
        const ready = await isReady(url)
        if (ready === undefined) break
        waiting = ready
        await sleep(200)
      }
      if (signal.aborted) throw new Error(`instance ${instance} was not ready within ${HEALING_MS} ms: ${waiting}`)
      const session = new Session({ name: `probe-${instance}`, urls, random: createRandom(instance), history, signal, isRough: false })
      session.use(instance)
      for (const { showId } of houses) {
        const holdId = crypto.randomUUID()
        const receipt = await session.send('HoldBestAvailable', { showId, holdId, customerId: `probe-${instance}-${holdId}`, quantity: 1 })
        if (receipt === undefined) throw new Error(`instance ${instance} got no answer from ${showId} within ${HEALING_MS} ms`)
        if (receipt.outcome === 'accepted') await session.ask('hold', { holdId }, showId)
      }
    }),
  )
}

/** Undefined where it is; else what it waits for. */
async function isReady(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) })
    const text = await response.text()
    return response.status === 200 ? undefined : text
  } catch (error) {
    return String(error)
  }
}

/** Every instance is asked for all there is, when all is at rest: its read models must be the fold of the log. */
export async function askAll(
  { instances }: System,
  {
    history,
    holds,
    bookings,
    houses,
    after,
  }: {
    readonly history: History
    readonly houses: readonly House[]
    /** Ids, each with its show. */
    readonly holds: readonly (readonly [string, string])[]
    readonly bookings: readonly (readonly [string, string])[]
    readonly after: string
  },
): Promise<void> {
  const urls = instances.map(({ url }) => url)
  await Promise.all(
    urls.map(async (_, instance) => {
      const signal = AbortSignal.timeout(HEALING_MS)
      const session = new Session({ name: `end-${instance}`, urls, random: createRandom(instance), history, signal, isRough: false, after })
      session.use(instance)
      const ask = async (name: string, input: Readonly<Record<string, string>>, showId: string): Promise<void> => {
        const answered = await session.ask(name, input, showId)
        if (answered !== undefined) return
        history.add({
          kind: 'trouble',
          rule: 'liveness',
          problem: `instance ${instance} did not answer ${name} ${JSON.stringify(input)} at the end`,
        })
      }
      for (const { showId } of houses) {
        await ask('seatMap', { showId }, showId)
        await ask('sales', { showId }, showId)
      }
      for (const [holdId, showId] of holds) await ask('hold', { holdId }, showId)
      for (const [bookingId, showId] of bookings) await ask('booking', { bookingId }, showId)
    }),
  )
}
