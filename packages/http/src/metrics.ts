import type { Running } from '@millrace/core'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const BUCKETS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const

/** A Prometheus histogram of durations. */
export class Histogram {
  readonly #counts = new Array<number>(BUCKETS_MS.length + 1).fill(0)
  #sumMs = 0

  observe(ms: number): void {
    let at = 0
    while (at < BUCKETS_MS.length && ms > BUCKETS_MS[at]!) at++
    this.#counts[at]!++
    this.#sumMs += ms
  }

  lines(name: string, help: string): readonly string[] {
    let total = 0
    const buckets = this.#counts.map((count, at) => {
      total += count
      return `${name}_bucket{le="${at < BUCKETS_MS.length ? BUCKETS_MS[at]! / 1_000 : '+Inf'}"} ${total}`
    })
    return [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} histogram`,
      ...buckets,
      `${name}_sum ${this.#sumMs / 1_000}`,
      `${name}_count ${total}`,
    ]
  }
}

/** What `/metrics` says, in Prometheus' text format. Names are public API. */
export class Metrics {
  readonly commandMs: Histogram = new Histogram()
  readonly queryMs: Histogram = new Histogram()
  readonly eventLoop: ReturnType<typeof monitorEventLoopDelay> = monitorEventLoopDelay({ resolution: 10 })
  streamsDropped = 0
  shed = 0

  constructor() {
    this.eventLoop.enable()
  }

  close(): void {
    this.eventLoop.disable()
  }

  text(running: Running, liveStreams: number): string {
    const { accepted, rejected, failed, repeated, events } = running.counters()
    const { shards, projections, inFlight, ready } = running.status()
    const one = (name: string, type: 'counter' | 'gauge', help: string, value: number): readonly string[] => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      `${name} ${value}`,
    ]
    const many = (
      name: string,
      type: 'counter' | 'gauge',
      help: string,
      label: string,
      values: readonly (readonly [string | number, number])[],
    ): readonly string[] => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...values.map(([of, value]) => `${name}{${label}="${of}"} ${value}`),
    ]
    return [
      ...many(
        'millrace_commands_total',
        'counter',
        'Commands answered, by outcome.',
        'outcome',
        Object.entries({ accepted, rejected, failed, repeated }),
      ),
      ...one('millrace_events_total', 'counter', 'Events seen in the log.', events),
      ...one('millrace_commands_in_flight', 'gauge', 'Commands that wait for their answer.', inFlight),
      ...one('millrace_requests_shed_total', 'counter', 'Commands refused because the process was too busy.', this.shed),
      ...this.commandMs.lines('millrace_command_seconds', 'From a command received to its answer.'),
      ...this.queryMs.lines('millrace_query_seconds', 'From a query received to its answer.'),
      ...one('millrace_live_streams', 'gauge', 'Live queries open.', liveStreams),
      ...one(
        'millrace_live_streams_dropped_total',
        'counter',
        'Live queries dropped because the client did not read.',
        this.streamsDropped,
      ),
      ...one('millrace_ready', 'gauge', 'Whether shards decide and read models are live.', ready ? 1 : 0),
      ...many(
        'millrace_shard_ready',
        'gauge',
        'Whether a shard decides.',
        'partition',
        shards.map(({ partition, state }) => [partition, state === 'ready' ? 1 : 0]),
      ),
      ...many(
        'millrace_shard_timers',
        'gauge',
        'Timers pending.',
        'partition',
        shards.map(({ partition, timers }) => [partition, timers]),
      ),
      ...many(
        'millrace_projection_behind',
        'gauge',
        'Records of events a read model has not come to.',
        'projection',
        projections.map(({ name, behind }) => [name, behind]),
      ),
      ...many(
        'millrace_projection_stopped',
        'gauge',
        'Whether a read model has stopped.',
        'projection',
        projections.map(({ name, state }) => [name, state === 'stopped' ? 1 : 0]),
      ),
      ...one(
        'millrace_event_loop_delay_p99_seconds',
        'gauge',
        'The 99th percentile of the delay of the event loop.',
        this.eventLoop.percentile(99) / 1e9,
      ),
      ...one('process_resident_memory_bytes', 'gauge', 'Resident memory.', process.memoryUsage.rss()),
      '',
    ].join('\n')
  }
}
