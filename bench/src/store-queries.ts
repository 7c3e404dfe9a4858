import type { Asked } from './servers/asker.ts'
import type { Folded, StoreAnswer, StoreQuery, StoreRequest } from './servers/store.ts'
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
/** What the shards of a million orders need. */
const HEAP_MIB = 6_000

interface Measure {
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
what there is.`,
  versions: { fastify: packageVersion('fastify') },
  async run({ isQuick, say }) {
    const [rounds, forMs, orders] = isQuick ? [2, 1_000, 10_000] : [3, 1_500, 1_000_000]
    await using directory = await openDirectory('store-queries')
    say('filling the log')
    {
      await using _maker = await openChild('store-queries/past-maker.ts', { directory: directory.path, partitions: PARTITIONS, orders })
    }
    say('folding')
    await using server: Server = await openChild(
      'servers/store.ts',
      { directory: directory.path, partitions: PARTITIONS },
      { heapMiB: HEAP_MIB },
    )
    const { port, readModelSeconds, seconds, fileBytes } = server.ready
    const folded = `the read model folded in ${figure(readModelSeconds)} s (${figure((3.25 * orders) / readModelSeconds)} events a second) while the shards did, which took ${figure(seconds)} s; its files have ${figure(fileBytes / 2 ** 20)} MiB`
    say(folded)
    await using asker = await openChild('servers/asker.ts', {})
    const kinds: Readonly<Record<string, readonly StoreQuery[]>> = { [ORDER_PAGE]: orderPages(orders), ...searches(orders) }
    const place = { inFlight: IN_FLIGHT }
    const over: Record<
      (typeof CHANNELS)[number],
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
    const found: Measure[] = []
    for (let round = 0; round <= rounds; round++) {
      for (const [by, all] of Object.entries(kinds)) {
        for (const [at, [channel, isBusy]] of CASES.entries()) {
          // The first round is to warm up, and is short of nothing but patience.
          if (round === 0 && !isBusy) continue
          // Other questions each time: an answer that is kept would say nothing.
          const from = ((round * CASES.length + at) * (forMs / 1_000) * PER_SECOND) % all.length
          const { takenMs, perSecond } = await over[channel]([...all.slice(from), ...all.slice(0, from)], isBusy)
          if (round === 0) continue
          let measure = found.find((each) => each.by === by && each.channel === channel && each.isBusy === isBusy)
          if (measure === undefined) found.push((measure = { by, channel, isBusy, rounds: [] }))
          const ms = toLatencies(Array.from(takenMs))
          measure.rounds.push({ ms, ordersPerSecond: perSecond })
          say(
            `round ${round}: ${by}, ${channel}${isBusy ? `, ${figure(perSecond)} orders/s` : ''}: p50 ${figure(ms.p50)}, p99 ${figure(ms.p99)} ms`,
          )
        }
      }
    }
    const placing = server.ask<StoreAnswer>({ forMs: 2 * forMs, place } satisfies StoreRequest)
    const walked = await walkPages(port, orders)
    const { rssBytes, perSecond } = await placing

    const roundsOf = (by: string, channel: Measure['channel'], isBusy: boolean): Measure['rounds'] =>
      found.find((each) => each.by === by && each.channel === channel && each.isBusy === isBusy)!.rounds
    const p99 = (...of: Parameters<typeof roundsOf>): number => median(roundsOf(...of).map(({ ms }) => ms.p99))
    const ratio = (by: string, channel: Measure['channel']): number => {
      const idle = roundsOf(by, channel, false)
      return median(roundsOf(by, channel, true).map(({ ms }, at) => ms.p99 / idle[at]!.ms.p99))
    }
    const cells = (rounds: Measure['rounds']): string => {
      const [p50, p99, max] = (['p50', 'p99', 'max'] as const).map((of) => figure(median(rounds.map(({ ms }) => ms[of]))))
      return `${p50} / ${p99} / ${max}`
    }
    const placedMeanwhile = (by: string): number =>
      median(CHANNELS.flatMap((channel) => roundsOf(by, channel, true).map(({ ordersPerSecond }) => ordersPerSecond)))
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
      rows: Object.keys(kinds).map((by) => [
        by,
        ...CASES.map(([channel, isBusy]) => cells(roundsOf(by, channel, isBusy))),
        figure(placedMeanwhile(by)),
      ]),
      checks: [
        ...CHANNELS.map((channel) => ({
          what: `order page p99 while orders are placed, to idle, ${channel}`,
          measured: ratio(ORDER_PAGE, channel),
          unit: ' ×',
          target: 2,
          is: 'at most' as const,
        })),
        ...[false, true].flatMap((isBusy) =>
          Object.keys(searches(orders)).map((by) => ({
            what: `${by}: p99, the slower of in process and over HTTP${isBusy ? ', while orders are placed' : ''}`,
            measured: Math.max(...CHANNELS.map((channel) => p99(by, channel, isBusy))),
            unit: ' ms',
            target: 20,
            is: 'at most' as const,
          })),
        ),
      ],
      notes: [
        `${figure(orders)} orders in the log, 3.25 events each; ${PER_SECOND} queries a second; pages of 25 orders; SQLite`,
        `${folded}; at the end ${figure(rssBytes / 2 ** 30)} GiB resident, the shards' states included`,
        `${walked.pages} pages of a search and ${walked.latest} of the latest orders read while ${figure(perSecond)} orders a second came: none missing, none twice`,
      ],
      raw: found,
    }
  },
})
