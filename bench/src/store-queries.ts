import type { Asked } from './servers/asker.ts'
import type { StoreAnswer, StoreQuery, StoreRequest } from './servers/store.ts'
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
/** What a million orders need, read model and shards together, where the read model is in memory. */
const HEAP_MIB = 12_000
type Store = 'sqlite' | 'memory'

interface Measure {
  readonly store: Store
  readonly by: string
  readonly channel: 'in process' | 'HTTP'
  readonly isBusy: boolean
  readonly rounds: { readonly ms: Latencies; readonly ordersPerSecond: number }[]
}

type Server = Child & { readonly ready: { readonly port: number; readonly seconds: number } }

const toPath = ({ name, input }: StoreQuery): string => `/queries/${name}?${new URLSearchParams(input).toString()}`

await bench({
  claim: 'store-queries',
  title: "the store's order page and its search over 1,000,000 orders, idle and while orders are placed at full speed",
  help: `A log is filled with the events of a million orders (10,000 with --quick), which the store's own projection folds into documents. Then the
order page is asked for, and the first page of searches by status and date; ${PER_SECOND} a second (open loop: timed from when each was due), inside the
store's process and over HTTP by a process that does nothing else. "Busy": the store's process places orders, ${IN_FLIGHT} at once, each taken until it is paid
and confirmed. While it does, a search is paged through, and what it gives compared with what there is.`,
  versions: { fastify: packageVersion('fastify') },
  async run({ isQuick, say }) {
    const [rounds, forMs, orders] = isQuick ? [2, 1_000, 10_000] : [3, 1_500, 1_000_000]
    await using directory = await openDirectory('store-queries')
    say('filling the log')
    {
      await using _maker = await openChild('store-queries/past-maker.ts', { directory: directory.path, partitions: PARTITIONS, orders })
    }
    await using asker = await openChild('servers/asker.ts', {})
    const kinds: Readonly<Record<string, readonly StoreQuery[]>> = { 'order page': orderPages(orders), ...searches(orders) }
    const found: Measure[] = []
    const notes: string[] = []
    for (const store of ['sqlite', 'memory'] as const) {
      say(`${store}: folding`)
      await using server: Server = await openChild(
        'servers/store.ts',
        { directory: directory.path, partitions: PARTITIONS, store },
        { heapMiB: HEAP_MIB },
      )
      const { port, seconds } = server.ready
      say(`${store}: folded in ${figure(seconds)} s`)
      const place = { inFlight: IN_FLIGHT }
      const over: Record<
        Measure['channel'],
        (queries: readonly StoreQuery[], isBusy: boolean) => Promise<{ takenMs: ArrayLike<number>; perSecond: number }>
      > = {
        'in process': (queries, isBusy) =>
          server.ask<StoreAnswer>({ forMs, ask: { queries, perSecond: PER_SECOND }, ...(isBusy && { place }) } satisfies StoreRequest),
        HTTP: async (queries, isBusy) => {
          const asked = asker.ask<Asked>({ port, paths: queries.map(toPath), perSecond: PER_SECOND, forMs })
          const [{ fromDueMs }, placed] = await Promise.all([
            asked,
            isBusy ? server.ask<StoreAnswer>({ forMs, place } satisfies StoreRequest) : undefined,
          ])
          return { takenMs: fromDueMs, perSecond: placed?.perSecond ?? 0 }
        },
      }
      for (let round = 0; round <= rounds; round++) {
        for (const [by, queries] of Object.entries(kinds)) {
          for (const channel of ['in process', 'HTTP'] as const) {
            for (const isBusy of [false, true]) {
              // The first round is to warm up, and is short of nothing but patience.
              if (round === 0 && !isBusy) continue
              const { takenMs, perSecond } = await over[channel](queries, isBusy)
              if (round === 0) continue
              let measure = found.find(
                (each) => each.store === store && each.by === by && each.channel === channel && each.isBusy === isBusy,
              )
              if (measure === undefined) found.push((measure = { store, by, channel, isBusy, rounds: [] }))
              const ms = toLatencies(Array.from(takenMs))
              measure.rounds.push({ ms, ordersPerSecond: perSecond })
              say(
                `${store}, round ${round}: ${by}, ${channel}${isBusy ? `, ${figure(perSecond)} orders/s` : ''}: p50 ${figure(ms.p50)}, p99 ${figure(ms.p99)} ms`,
              )
            }
          }
        }
      }
      const placing = server.ask<StoreAnswer>({ forMs: 2 * forMs, place } satisfies StoreRequest)
      const walked = await walkPages(port, orders)
      const { rssBytes, perSecond } = await placing
      notes.push(
        `${store}: folded in ${figure(seconds)} s; at the end ${figure(rssBytes / 2 ** 30)} GiB resident, the shards' states included`,
        `${store}: ${walked.pages} pages of a search and ${walked.latest} of the latest orders read while ${figure(perSecond)} orders a second came: none missing, none twice`,
      )
    }

    const roundsOf = (store: Store, by: string, channel: Measure['channel'], isBusy: boolean): Measure['rounds'] =>
      found.find((each) => each.store === store && each.by === by && each.channel === channel && each.isBusy === isBusy)!.rounds
    const p99 = (...of: Parameters<typeof roundsOf>): number => median(roundsOf(...of).map(({ ms }) => ms.p99))
    const ratio = (store: Store, by: string, channel: Measure['channel']): number => {
      const idle = roundsOf(store, by, channel, false)
      return median(roundsOf(store, by, channel, true).map(({ ms }, at) => ms.p99 / idle[at]!.ms.p99))
    }
    const cells = (each: Measure): string => {
      const [p50, p99, max] = (['p50', 'p99', 'max'] as const).map((of) => figure(median(each.rounds.map(({ ms }) => ms[of]))))
      return `${p50} / ${p99} / ${max}`
    }
    const lines = found.filter(({ channel, isBusy }) => channel === 'in process' && !isBusy)
    const channels = ['in process', 'HTTP'] as const
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
      rows: lines.map(({ store, by }) => [
        `${store}: ${by}`,
        ...channels.flatMap((channel) =>
          [false, true].map((isBusy) => cells({ store, by, channel, isBusy, rounds: roundsOf(store, by, channel, isBusy) })),
        ),
        figure(median(channels.flatMap((channel) => roundsOf(store, by, channel, true).map(({ ordersPerSecond }) => ordersPerSecond)))),
      ]),
      checks: (['sqlite', 'memory'] as const).flatMap((store) => [
        ...channels.map((channel) => ({
          what: `${store}: order page p99 while orders are placed, to idle, ${channel}`,
          measured: ratio(store, 'order page', channel),
          unit: ' ×',
          target: 2,
          is: 'at most' as const,
        })),
        ...[false, true].map((isBusy) => ({
          what: `${store}: p99 of the slowest search, in process and over HTTP${isBusy ? ', while orders are placed' : ''}`,
          measured: Math.max(...Object.keys(searches(orders)).flatMap((by) => channels.map((channel) => p99(store, by, channel, isBusy)))),
          unit: ' ms',
          target: 20,
          is: 'at most' as const,
        })),
      ]),
      notes: [`${figure(orders)} orders in the log, 3.25 events each; ${PER_SECOND} queries a second; pages of 25 orders`, ...notes],
      raw: found,
    }
  },
})
