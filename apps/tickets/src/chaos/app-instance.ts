/** One process of the ticket shop: started, killed, paused, stopped, started again on the same port. */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

/** Runs Node, says its process id, and ends it when this process is gone: then standard input ends, whatever killed it. */
const WRAPPER = 'exec 3<&0; "$@" </dev/null >&2 & pid=$!; echo $pid; (cat <&3 >/dev/null; kill -9 $pid 2>/dev/null) & wait $pid'
const MAIN = path.resolve(import.meta.dirname, '../main.ts')
const OPEN_TIMEOUT_MS = 60_000
/** A clean stop may take so long, in milliseconds: then it is killed, and the next start is after a kill. */
const STOP_TIMEOUT_MS = 20_000

export interface AppInstance {
  /** From 0. */
  readonly index: number
  readonly url: string
  readonly isUp: boolean
  readonly pid: number
  /** Resolves once it serves. Starts it again, as a supervisor would, where it gives up on brokers that are away. */
  start(): Promise<void>
  /** SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM. Resolves when it is gone: with whether it ended by itself, in time, and said that all was well. */
  stop(): Promise<boolean>
  pause(): void
  resume(): void
}

export interface AppInstanceOptions {
  readonly index: number
  readonly port: number
  readonly env: Readonly<Record<string, string>>
  readonly logFile: string
  /** Told when the process has ended and nobody asked it to. */
  readonly onCrash: (problem: string) => void
}

export function createAppInstance({ index, port, env, logFile, onCrash }: AppInstanceOptions): AppInstance {
  const url = `http://127.0.0.1:${port}`
  let shell: ChildProcessByStdio<Writable, Readable, null> | undefined
  let ended: Promise<number | null> = Promise.resolve(0)
  let pid = -1
  let isUp = false
  /** Nobody shall be surprised that it ends. */
  let isToEnd = false

  const signal = (name: NodeJS.Signals): void => {
    if (shell === undefined) return
    try {
      process.kill(pid, name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }

  async function launch(): Promise<void> {
    const log = openSync(logFile, 'a')
    const clean = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(MILLRACE_|PORT$|HOST$|HOLD_|TICKETS_|NODE_TEST|KAFKA_)/.test(name)),
    )
    const started = spawn('sh', ['-c', WRAPPER, 'sh', process.execPath, '--conditions=source', MAIN], {
      env: { ...clean, ...env, PORT: String(port) },
      stdio: ['pipe', 'pipe', log],
    }) as ChildProcessByStdio<Writable, Readable, null>
    closeSync(log)
    shell = started
    isToEnd = false
    ended = once(started, 'exit').then(([code]: unknown[]) => {
      started.stdin.end()
      started.stdout.destroy()
      shell = undefined
      return typeof code === 'number' ? code : null
    })
    pid = await new Promise<number>((resolve, reject) => {
      createInterface({ input: started.stdout }).once('line', (line) => resolve(Number(line)))
      started.once('error', reject)
    })
  }

  async function start(): Promise<void> {
    const deadline = performance.now() + OPEN_TIMEOUT_MS
    while (performance.now() < deadline) {
      if (shell === undefined) {
        await launch()
        void ended.then(async (code) => {
          const wasUp = isUp
          isUp = false
          if (!isToEnd && wasUp) onCrash(`instance ${index} ended by itself with ${code ?? 'a signal'}: ${await tailOf(logFile)}`)
        })
      }
      if (isToEnd) return
      if (await isLive(url)) {
        isUp = true
        return
      }
      await sleep(150)
    }
    throw new Error(`instance ${index} did not open within ${OPEN_TIMEOUT_MS} ms: ${await tailOf(logFile)}`)
  }

  return {
    index,
    url,
    get isUp() {
      return isUp
    },
    get pid() {
      return pid
    },
    start,
    async kill() {
      isToEnd = true
      isUp = false
      signal('SIGKILL')
      await ended
    },
    async stop() {
      isToEnd = true
      isUp = false
      signal('SIGTERM')
      const late = sleep(STOP_TIMEOUT_MS, 'late' as const, { ref: false })
      const code = await Promise.race([ended, late])
      if (code === 'late') signal('SIGKILL')
      await ended
      return code === 0
    },
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
  }
}

async function isLive(url: string): Promise<boolean> {
  return fetch(`${url}/health/live`, { signal: AbortSignal.timeout(2_000) }).then(
    async (response) => {
      await response.body?.cancel()
      return response.ok
    },
    () => false,
  )
}

const tailOf = async (file: string): Promise<string> =>
  readFile(file, 'utf8').then(
    (text) => text.slice(-1_500),
    () => '(no log)',
  )
