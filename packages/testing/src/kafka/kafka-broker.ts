/** One broker: started, killed, paused, started again on what it left. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isFree, isListening } from '../internal/free-ports.ts'
import { startProcess, tailOf, type KeptProcess } from '../internal/kept-process.ts'
import type { KafkaNode } from './broker-settings.ts'
import { countBrokers } from './count-brokers.ts'

/** For Java: no more than warnings. */
export const QUIET = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'
const START_TIMEOUT_MS = 150_000
const STOP_TIMEOUT_MS = 10_000
const POLL_MS = 100

export interface KafkaBroker {
  readonly id: number
  /** For clients. */
  readonly port: number
  readonly pid: number
  /** SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM, a clean end; SIGKILL where that takes longer than ten seconds. Resolves when it is gone. */
  stop(): Promise<void>
  /** Again, on the same port and data. Resolves when it answers. Does nothing where it runs. */
  start(): Promise<void>
  /** SIGSTOP: its connections stay, and nothing answers. Resolves when it has stopped. */
  pause(): Promise<void>
  /** SIGCONT. */
  resume(): void
}

export interface Startable extends Omit<KafkaBroker, 'start'> {
  /** Resolves when it answers, and knows of so many. */
  readonly start: (known: number) => Promise<void>
  readonly unref: () => void
}

interface HowToRun {
  readonly classPath: string
  readonly properties: string
  readonly logFile: string
  readonly heapMiB: number
  /** Removed where this process dies before the broker does. */
  readonly folder: string | undefined
}

export function createBroker(
  { id, port, internalPort }: KafkaNode,
  { classPath, properties, logFile, heapMiB, folder }: HowToRun,
): Startable {
  let java: KeptProcess | undefined
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const ending = java
    if (ending === undefined) return
    ending.signal(signal)
    ending.signal('SIGCONT') // one that is paused would not hear of it
    const patience = setTimeout(() => ending.signal('SIGKILL'), STOP_TIMEOUT_MS)
    await ending.ended()
    clearTimeout(patience)
    if (java === ending) java = undefined
  }
  return {
    id,
    port,
    get pid() {
      return java?.pid ?? -1
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    async start(known) {
      if (java?.hasEnded === false) return
      if (!(await isFree(port))) throw new Error(`Kafka broker ${id} cannot listen on port ${port} of 127.0.0.1: it is in use`)
      const started = (java = await startProcess(
        'java',
        [`-Xmx${heapMiB}m`, '-XX:+UseSerialGC', QUIET, '-cp', classPath, 'kafka.Kafka', properties],
        {
          logFile,
          folder,
        },
      ))
      const deadline = performance.now() + START_TIMEOUT_MS
      while ((await countBrokers(internalPort)) < known || !(await isListening(port))) {
        if (started.hasEnded || performance.now() > deadline) {
          started.signal('SIGKILL')
          throw new Error(
            `Kafka broker ${id} did not start on port ${port}${started.hasEnded ? '' : ` within ${START_TIMEOUT_MS} ms`}:\n${await tailOf(logFile)}`,
          )
        }
        await sleep(POLL_MS)
      }
    },
    pause: async () => java?.pause(),
    resume: () => java?.signal('SIGCONT'),
    unref: () => java?.unref(),
  }
}
