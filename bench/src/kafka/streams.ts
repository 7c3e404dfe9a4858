/** The Kafka Streams peer, and the three tools that measure any peer from outside: what each is started with, and says. */
import { runJava, startJava, type JavaLine, type JavaProcess } from './java.ts'

/** An app on a broker: its topics are `<app>.commands` and `<app>.events`. */
export interface Target {
  readonly bootstrap: string
  readonly app: string
}

export interface StreamsOptions extends Target {
  readonly store: 'rocksdb' | 'memory'
  /** 100 is what Kafka Streams itself takes with `exactly_once_v2`. */
  readonly commitIntervalMs: number
  readonly threads: number
  readonly stateDirectory: string
  /** A cache in front of the store, which the Processor API leaves out by default (0). */
  readonly cacheBytes?: number
}

export interface Streams extends AsyncDisposable {
  readonly pid: number
  readonly versions: Readonly<Record<'java' | 'kafka', string>>
}

interface Started extends JavaLine {
  readonly java: string
  readonly kafka: string
}

/** Resolves once the application is RUNNING. Its topics must exist. */
export async function startStreams(options: StreamsOptions): Promise<Streams> {
  const { bootstrap, app, store, commitIntervalMs, threads, stateDirectory, cacheBytes = 0 } = options
  const java = await startJava(
    'StreamsPeer',
    {
      bootstrap,
      app,
      store,
      'commit-interval-ms': commitIntervalMs,
      threads,
      'state-dir': stateDirectory,
      'cache-bytes': cacheBytes,
    },
    { heapMiB: 2_048, isTool: false },
  )
  // Nobody waits for its end; the counter would only say that nothing comes.
  java.ended.catch((error: unknown) => console.error(error))
  const started = await java.line((line): line is Started => line.event === 'started')
  await java.line((line): line is JavaLine => line.event === 'state' && 'state' in line && line.state === 'RUNNING')
  return { pid: java.pid, versions: { java: started.java, kafka: started.kafka }, [Symbol.asyncDispose]: () => java[Symbol.asyncDispose]() }
}

/** Which commands: those of one seed are always the same ones. */
export interface Commands {
  readonly seed: number
  /** Shows, of 20 seats each. */
  readonly aggregates: number
}

export interface Preloaded extends JavaLine {
  readonly records: number
  /** So many of the commands can be accepted: each seat once. */
  readonly distinctSeats: number
  readonly forMs: number
  readonly perSecond: number
}

export const createTopics = async ({ bootstrap, app }: Target, partitions: number): Promise<void> => {
  await runJava('Topics', { bootstrap, app, partitions, action: 'create' }, 'topics')
}

/** Also those that Streams made beside them. */
export const deleteTopics = async ({ bootstrap, app }: Target): Promise<void> => {
  await runJava('Topics', { bootstrap, app, action: 'delete' }, 'topics')
}

/** Writes commands as fast as one plain producer can. */
export const preload = ({
  bootstrap,
  app,
  records,
  seed,
  aggregates,
}: Target & Commands & { readonly records: number }): Promise<Preloaded> =>
  runJava<Preloaded>('Preload', { bootstrap, app, records, seed, aggregates }, 'preloaded')

export interface Counted extends JavaLine {
  /** Records with the number of a command, a second one with the same number included. */
  readonly count: number
  readonly distinct: number
  readonly repeated: number
  /** Records that are nobody's answer, as markers of owners are. */
  readonly others: number
  readonly types: Readonly<Record<string, number>>
  /** Records a second of the first half, without those that were there at the first look. */
  readonly cold: number
  /** Records a second of the second half. */
  readonly warm: number
  readonly firstMs: number
  readonly lastMs: number
}

export interface Counting {
  /** Rejects where nothing came for a minute. */
  readonly counted: Promise<Counted>
}

export interface CountOptions {
  readonly bootstrap: string
  readonly topic: string
  readonly records: number
  readonly seed: number
}

/** Begins to read a topic; resolves once it does, so that a peer can be started. */
export async function count(options: CountOptions): Promise<Counting> {
  const java: JavaProcess = await startJava('Count', { ...options })
  await java.line((line): line is JavaLine => line.event === 'counting')
  const counted = java.ended.then(() => java.line((line): line is Counted => line.event === 'counted'))
  counted.catch(() => {})
  return { counted }
}

export interface Latency extends JavaLine {
  readonly perSecond: number
  readonly count: number
  /** Commands that got no answer within ten seconds of the last one's sending. */
  readonly missing: number
  /** Milliseconds from giving a command to the producer to reading its answer. */
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
  /** How late commands were given to the producer: large where the machine is too busy to tell. */
  readonly sentLateP99: number
}

export interface LatencyOptions extends Target, Commands {
  readonly perSecond: number
  readonly seconds: number
  /** Sent before, at the same rate, and not counted. */
  readonly warmupSeconds: number
}

export const latency = ({ bootstrap, app, seed, aggregates, perSecond, seconds, warmupSeconds }: LatencyOptions): Promise<Latency> =>
  runJava<Latency>(
    'Latency',
    { bootstrap, app, seed, aggregates, 'per-second': perSecond, seconds, 'warmup-seconds': warmupSeconds },
    'latency',
  )
