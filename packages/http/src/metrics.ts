import type { ProjectionStatus, ReactorStatus, Running } from '@millrace/core'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { EndReason } from './live/live-stream.ts'
import { Histogram, many, one, labelled } from './prometheus.ts'

/** Why the server ended a live connection. */
const endReasons = ['failed', 'stalled', 'stopped', 'stopping'] as const satisfies readonly EndReason[]

/** What is open now. */
export interface LiveSizes {
  /** Connections. */
  readonly size: number
  /** Queries watched over them. */
  readonly watches: number
}

/** What `/metrics` says, in Prometheus' text format. Names are public API. */
export class Metrics implements Disposable {
  readonly commandMs: Histogram = new Histogram()
  readonly queryMs: Histogram = new Histogram()
  shed = 0
  readonly #eventLoop = monitorEventLoopDelay({ resolution: 10 })
  readonly #problems = new Map<string, number>()
  readonly #ended = new Map<EndReason, number>(endReasons.map((reason) => [reason, 0]))

  constructor() {
    this.#eventLoop.enable()
  }

  problem(code: string): void {
    this.#problems.set(code, (this.#problems.get(code) ?? 0) + 1)
  }

  streamEnded(reason: EndReason): void {
    this.#ended.set(reason, this.#ended.get(reason)! + 1)
  }

  [Symbol.dispose](): void {
    this.#eventLoop.disable()
  }

  text(running: Running, live: LiveSizes): string {
    const { accepted, rejected, failed, repeated, parked, events } = running.counters()
    const { log, store, shards, projections, reactors, inFlight, ready } = running.status()
    const builds = (what: 'behind' | 'perSecond' | 'parked') => projections.map((build) => [labelsOf(build), build[what]] as const)
    const { rss, heapUsed } = process.memoryUsage()
    // Since it was asked last: a maximum since the start would hide what is going on.
    const delayP99 = this.#eventLoop.percentile(99) / 1e9
    const delayMax = this.#eventLoop.max / 1e9
    this.#eventLoop.reset()
    return [
      ...many(
        'millrace_commands_total',
        'counter',
        'Commands answered, by outcome.',
        'outcome',
        Object.entries({ accepted, rejected, failed, repeated }),
      ),
      ...one('millrace_commands_parked_total', 'counter', 'What other clients wrote and is no command: it was passed over.', parked),
      ...one('millrace_events_total', 'counter', 'Events seen in the log.', events),
      ...one('millrace_commands_in_flight', 'gauge', 'Commands that wait for their answer.', inFlight),
      ...one('millrace_requests_shed_total', 'counter', 'Commands refused because the process was too busy.', this.shed),
      ...many(
        'millrace_problems_total',
        'counter',
        'Requests answered with an error, by its code; rejections are not among them.',
        'code',
        this.#problems,
      ),
      ...this.commandMs.lines('millrace_command_seconds', 'From a command received to its answer.'),
      ...this.queryMs.lines('millrace_query_seconds', 'From a query received to its answer.'),
      ...one('millrace_live_streams', 'gauge', 'Live connections open.', live.size),
      ...one('millrace_live_watches', 'gauge', 'Queries watched over them.', live.watches),
      ...many(
        'millrace_live_streams_ended_total',
        'counter',
        'Live connections that the server ended: no watch was left that works, the client did not read, the app stopped, or the server is stopping.',
        'reason',
        this.#ended,
      ),
      ...one('millrace_log_available', 'gauge', 'Whether the log takes and decides commands.', log.state === 'ok' ? 1 : 0),
      ...one('millrace_store_available', 'gauge', 'Whether read models can be folded and read.', store.state === 'ok' ? 1 : 0),
      ...one('millrace_ready', 'gauge', 'Whether shards decide and read models are live, as far as they are of the role.', ready ? 1 : 0),
      ...many('millrace_instance_info', 'gauge', 'What this instance does: 1 for its role.', 'role', [[running.role, 1]]),
      ...many(
        'millrace_shard_ready',
        'gauge',
        'Whether a shard decides.',
        'partition',
        shards.map(({ partition, state }) => [partition, state === 'ready' ? 1 : 0]),
      ),
      ...many(
        'millrace_shard_epoch',
        'gauge',
        'The epoch in which a shard is owned.',
        'partition',
        shards.map(({ partition, epoch }) => [partition, epoch]),
      ),
      ...many(
        'millrace_shard_next_command',
        'gauge',
        'The next offset of commands that a shard decides.',
        'partition',
        shards.map(({ partition, nextCommand }) => [partition, nextCommand]),
      ),
      ...many(
        'millrace_shard_timers',
        'gauge',
        'Timers pending.',
        'partition',
        shards.map(({ partition, timers }) => [partition, timers]),
      ),
      ...labelled('millrace_projection_behind', 'gauge', 'Records of events a build of a read model has not come to.', builds('behind')),
      ...labelled('millrace_projection_records_per_second', 'gauge', 'Records a build takes in a second.', builds('perSecond')),
      ...labelled(
        'millrace_projection_parked',
        'gauge',
        'Keys whose events a build of a read model could not handle: they wait for an operator.',
        builds('parked'),
      ),
      ...labelled(
        'millrace_projection_stopped',
        'gauge',
        'Whether a build of a read model has stopped.',
        projections.map((build) => [labelsOf(build), build.state === 'stopped' ? 1 : 0]),
      ),
      ...labelled(
        'millrace_reactor_pending',
        'gauge',
        'Events a reactor handles now, or that wait for their turn or their next attempt.',
        reactors.map((each) => [whereOf(each), each.pending]),
      ),
      ...labelled(
        'millrace_reactor_oldest_seconds',
        'gauge',
        'How long the first event that a reactor has not done with has been pending; 0 where there is none.',
        reactors.map((each) => [whereOf(each), (each.oldest?.forMs ?? 0) / 1_000]),
      ),
      ...labelled(
        'millrace_reactor_parked',
        'gauge',
        'Keys whose events a reactor could not handle: they wait for an operator.',
        reactors.map((each) => [whereOf(each), each.parked.length]),
      ),
      ...labelled(
        'millrace_reactor_broken',
        'gauge',
        'Whether what a reactor calls outside is down, as far as can be told from here.',
        reactors.map((each) => [whereOf(each), each.isBroken ? 1 : 0]),
      ),
      ...one(
        'millrace_event_loop_delay_p99_seconds',
        'gauge',
        'The 99th percentile of the delay of the event loop, since it was asked last.',
        delayP99,
      ),
      ...one('millrace_event_loop_delay_max_seconds', 'gauge', 'The largest delay of the event loop, since it was asked last.', delayMax),
      ...one('process_resident_memory_bytes', 'gauge', 'Resident memory.', rss),
      ...one('nodejs_heap_size_used_bytes', 'gauge', 'Memory used in the heap.', heapUsed),
      '',
    ].join('\n')
  }
}

/** A projection may have several builds. */
const labelsOf = ({ name, version, role }: ProjectionStatus): Readonly<Record<string, string>> => ({ projection: name, version, role })

const whereOf = ({ name, partition }: ReactorStatus): Readonly<Record<string, string>> => ({ reactor: name, partition: String(partition) })
