import type { Asked } from './servers/asker.ts'
import type { Folded, StoreAnswer, StoreQuery, StoreRequest, StoreSettings } from './servers/store.ts'
import { bench } from './shared/bench.ts'
import { openChild, type Child } from './shared/child.ts'
import { openDirectory } from './shared/directory.ts'
import { figure, median, toLatencies, type Latencies } from './shared/figures.ts'
import { packageVersion } from './shared/versions.ts'
import { walkPages } from './store-queries/pages.ts'
import { orderPages, searches } from './store-queries/queries.ts'

const PARTITIONS = 4
const PER_SECOND = 200
const IN_FLIGHT = 512
const PLACE = { inFlight: IN_FLIGHT }
/** More orders than the one process before places. */
const FIRST_OF_TWO = 500_000_000
/** What the shards of a million orders need. */
const HEAP_MIB = 6_000

const DEPLOYMENTS = ['one process', 'two processes'] as const
type Deployment = (typeof DEPLOYMENTS)[number]

interface Measure {
  readonly deployment: Deployment
  readonly by: string
  readonly channel: 'in process' | 'HTTP'
  readonly isBusy: boolean
  readonly rounds: { readonly ms: Latencies; readonly ordersPerSecond: number }[]
}

const ORDER_PAGE = 'order page'

type Server = Child & { readonly ready: Folded & { readonly port: number } }

const toPath = ({ name, input }: StoreQuery): string => `/queries/${name}?${new URLSearchParams(input).toString()}`

const CHANNELS = ['in process', 'HTTP'] as const
const CASES = CHANNELS.flatMap((channel) => [false, true].map((isBusy) => [channel, isBusy] as const))

await bench({
  claim: 'store-queries',
  title: "the store's order page and its searches over 1,000,000 orders, idle and while orders are placed at full speed",
  help: `A log is filled with the events of a million orders (10,000 with --quick), which the store's own projection folds into documents and
tables on SQLite. Then the order page is asked for, a customer's orders, and the first pages of searches; ${PER_SECOND} a second (open loop: timed from
when each was due), inside the store's process and over HTTP by a process that does nothing else, each question once. "Busy": the store's process
places orders, ${IN_FLIGHT} at once, each taken until it is paid and confirmed. While it does, a search is paged through, and what it gives compared with
what there is. Two processes: one has the role "write" and places the orders, the other one "read" and is asked.`,
  versions: { fastify: packageVersion('fastify') },
  async run({ isQuick, say }) {
    const [rounds, forMs, orders] = isQuick ? [2, 1_000, 10_000] : [3, 1_500, 1_000_000]
    await using directory = await openDirectory('store-queries')
    say('filling the log')
    {
      await using _maker = await openChild('store-queries/past-maker.ts', { directory: directory.path, partitions: PARTITIONS, orders })
    }
    const found: Measure[] = []
    const measureOf = (deployment: Deployment, by: string, channel: Measure['channel'], isBusy: boolean): Measure | undefined =>
      found.find((each) => each.deployment === deployment && each.by === by && each.channel === channel && each.isBusy === isBusy)
    const notes: string[] = []
    await using asker = await openChild('servers/asker.ts', {})
    for (const deployment of DEPLOYMENTS) {
      say(`folding: ${deployment}`)
      await using servers = await open(deployment, directory.path)
      const { asked, placing } = servers
      const { port, readModelSeconds, seconds, fileBytes } = asked.ready
      if (deployment === 'one process')
        notes.push(
          `the read model folded in ${figure(readModelSeconds)} s (${figure((3.25 * orders) / readModelSeconds)} events a second) while the shards did, which took ${figure(seconds)} s; its files have ${figure(fileBytes / 2 ** 20)} MiB`,
        )
      const placed = (isBusy: boolean): Promise<StoreAnswer> | undefined =>
        isBusy ? placing.ask<StoreAnswer>({ forMs, place: PLACE } satisfies StoreRequest) : undefined
      const over: Record<
        (typeof CHANNELS)[number],
        (queries: readonly StoreQuery[], isBusy: boolean) => Promise<{ takenMs: ArrayLike<number>; perSecond: number }>
      > = {
        'in process': async (queries, isBusy) => {
          const ask = { queries, perSecond: PER_SECOND }
          // One process is asked for both at once: it takes one request after the other.
          if (asked === placing) return asked.ask<StoreAnswer>({ forMs, ask, ...(isBusy && { place: PLACE }) } satisfies StoreRequest)
          const [{ takenMs }, orders] = await Promise.all([asked.ask<StoreAnswer>({ forMs, ask } satisfies StoreRequest), placed(isBusy)])
          return { takenMs, perSecond: orders?.perSecond ?? 0 }
        },
        HTTP: async (queries, isBusy) => {
          const asking = asker.ask<Asked>({ port, paths: queries.map(toPath), perSecond: PER_SECOND, forMs })
          const [{ fromDueMs }, orders] = await Promise.all([asking, placed(isBusy)])
          return { takenMs: fromDueMs, perSecond: orders?.perSecond ?? 0 }
        },
      }
      for (let round = 0; round <= rounds; round++) {
        for (const [by, all] of Object.entries({ [ORDER_PAGE]: orderPages(orders), ...searches(orders) })) {
          for (const [at, [channel, isBusy]] of CASES.entries()) {
            // The first round is to warm up, and is short of nothing but patience.
            if (round === 0 && !isBusy) continue
            // Other questions each time: an answer that is kept would say nothing.
            const from = ((round * CASES.length + at) * (forMs / 1_000) * PER_SECOND) % all.length
            const { takenMs, perSecond } = await over[channel]([...all.slice(from), ...all.slice(0, from)], isBusy)
            if (round === 0) continue
            let measure = measureOf(deployment, by, channel, isBusy)
            if (measure === undefined) found.push((measure = { deployment, by, channel, isBusy, rounds: [] }))
            const ms = toLatencies(Array.from(takenMs))
            measure.rounds.push({ ms, ordersPerSecond: perSecond })
            say(
              `${deployment}, round ${round}: ${by}, ${channel}${isBusy ? `, ${figure(perSecond)} orders/s` : ''}: p50 ${figure(ms.p50)}, p99 ${figure(ms.p99)} ms`,
            )
          }
        }
      }
      const more = placing.ask<StoreAnswer>({ forMs: 2 * forMs, place: PLACE } satisfies StoreRequest)
      const walked = await walkPages(port, orders)
      const { rssBytes, perSecond } = await more
      notes.push(
        `${deployment}: ${walked.pages} pages of a search and ${walked.latest} of the latest orders read while ${figure(perSecond)} orders a second came: none missing, none twice; at the end ${figure(rssBytes / 2 ** 30)} GiB resident where orders are placed`,
      )
    }

    const roundsOf = (...of: Parameters<typeof measureOf>): Measure['rounds'] => measureOf(...of)!.rounds
    const p99 = (...of: Parameters<typeof roundsOf>): number => median(roundsOf(...of).map(({ ms }) => ms.p99))
    const ratio = (deployment: Deployment, channel: Measure['channel']): number => {
      const idle = roundsOf(deployment, ORDER_PAGE, channel, false)
      return median(roundsOf(deployment, ORDER_PAGE, channel, true).map(({ ms }, at) => ms.p99 / idle[at]!.ms.p99))
    }
    const cells = (rounds: Measure['rounds']): string => {
      const [p50, p99, max] = (['p50', 'p99', 'max'] as const).map((of) => figure(median(rounds.map(({ ms }) => ms[of]))))
      return `${p50} / ${p99} / ${max}`
    }
    const placedMeanwhile = (deployment: Deployment, by: string): number =>
      median(CHANNELS.flatMap((channel) => roundsOf(deployment, by, channel, true).map(({ ordersPerSecond }) => ordersPerSecond)))
    return {
      rounds,
      columns: [
        'p50 / p99 / longest, ms',
        'in process, idle',
        'in process, busy',
        'over HTTP, idle',
        'over HTTP, busy',
        'orders/s meanwhile',
      ],
      rows: DEPLOYMENTS.flatMap((deployment) =>
        [ORDER_PAGE, ...Object.keys(searches(orders))].map((by) => [
          `${deployment}: ${by}`,
          ...CASES.map(([channel, isBusy]) => cells(roundsOf(deployment, by, channel, isBusy))),
          figure(placedMeanwhile(deployment, by)),
        ]),
      ),
      checks: DEPLOYMENTS.flatMap((deployment) => [
        ...CHANNELS.map((channel) => ({
          what: `${deployment}: order page p99 while orders are placed, to idle, ${channel}`,
          measured: ratio(deployment, channel),
          unit: ' ×',
          target: 2,
          is: 'at most' as const,
        })),
        ...[false, true].flatMap((isBusy) =>
          Object.keys(searches(orders)).map((by) => ({
            what: `${deployment}: ${by}: p99, the slower of in process and over HTTP${isBusy ? ', while orders are placed' : ''}`,
            measured: Math.max(...CHANNELS.map((channel) => p99(deployment, by, channel, isBusy))),
            unit: ' ms',
            target: 20,
            is: 'at most' as const,
          })),
        ),
      ]),
      notes: [
        `${figure(orders)} orders in the log, 3.25 events each; ${PER_SECOND} queries a second; pages of 25 orders; SQLite`,
        ...notes,
      ],
      raw: found,
    }
  },
})

interface Servers extends AsyncDisposable {
  readonly asked: Server
  readonly placing: Server
}

/** One process that does both, or one for each. They have the same log and, one after the other, the same read models. */
async function open(deployment: Deployment, directory: string): Promise<Servers> {
  const openRole = (role: StoreSettings['role'], firstOrder: number): Promise<Server> =>
    openChild('servers/store.ts', { directory, partitions: PARTITIONS, role, firstOrder } satisfies StoreSettings, { heapMiB: HEAP_MIB })
  await using stack = new AsyncDisposableStack()
  const isOne = deployment === 'one process'
  const placing = stack.use(await openRole(isOne ? 'all' : 'write', isOne ? 0 : FIRST_OF_TWO))
  const asked = isOne ? placing : stack.use(await openRole('read', 0))
  const opened = stack.move()
  return { asked, placing, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
