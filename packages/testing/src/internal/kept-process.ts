/** A server as a process that outlives nobody: started, killed, paused. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs a command and says its process id. When this process is gone, whatever ended it, standard input ends: then the
 * command gets the signal `$1`, and the folder `$2` is removed where one is named. A watcher that is no longer needed is
 * told so (TERM).
 */
const WRAPPER = `
signal=$1; folder=$2; shift 2
exec 3<&0
"$@" </dev/null >&2 3<&- &
pid=$!
(cat <&3; trap '' TERM; kill -$signal $pid 2>/dev/null
  tries=0; while kill -0 $pid 2>/dev/null && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries+1)); done; kill -9 $pid 2>/dev/null
  [ -z "$folder" ] || rm -rf -- "$folder") >/dev/null &
watcher=$!
exec 3<&-
echo $pid
wait $pid
kill $watcher 2>/dev/null`

type Signal = 'SIGKILL' | 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGSTOP' | 'SIGCONT'

export interface KeptProcess {
  readonly pid: number
  readonly hasEnded: boolean
  /** Resolves when it is gone, however it ended. This process stays until then. */
  ended(): Promise<void>
  /** Does nothing where it is gone. */
  signal(signal: Signal): void
  /** Sends `SIGSTOP`. Resolves when it has stopped: its threads do so one by one, each as it comes to see the signal. */
  pause(): Promise<void>
  /** Lets this process end while the other still runs, which it then takes along. */
  unref(): void
}

interface StartOptions {
  /** What it says is added to this file. */
  readonly logFile: string
  /** Removed where this process dies before the other does. */
  readonly folder?: string | undefined
  /** How it ends where this process dies (default `SIGKILL`). */
  readonly lastSignal?: 'SIGKILL' | 'SIGQUIT'
  /** Who runs it, where that is not who runs this process. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
}

export async function startProcess(
  command: string,
  args: readonly string[],
  { logFile, folder = '', lastSignal = 'SIGKILL', user }: StartOptions,
): Promise<KeptProcess> {
  const log = openSync(logFile, 'a')
  // Detached: Ctrl-C in a terminal is for this process, which decides how its servers end.
  const shell = spawn('sh', ['-c', WRAPPER, 'sh', lastSignal.slice(3), folder, command, ...args], {
    stdio: ['pipe', 'pipe', log],
    detached: true,
    ...user,
  })
  const [stdin, stdout] = [shell.stdin!, shell.stdout!]
  closeSync(log)
  let hasEnded = false
  const ended = once(shell, 'exit').then(() => {
    hasEnded = true
    stdin.destroy()
    stdout.destroy()
  })
  const signal = (name: Signal): void => {
    if (hasEnded) return
    try {
      process.kill(pid, name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  ended.catch(() => undefined) // that it did not start is told below
  stdin.on('error', () => undefined)
  const lines = createInterface({ input: stdout })
  const [line] = (await Promise.race([once(lines, 'line'), once(shell, 'error').then(([error]) => Promise.reject(error as Error))])) as [
    string,
  ]
  lines.close()
  const pid = Number(line)
  return {
    pid,
    get hasEnded() {
      return hasEnded
    },
    async ended() {
      shell.ref()
      await ended
    },
    signal,
    async pause() {
      signal('SIGSTOP')
      while (!hasEnded && !(await isStopped(pid))) await sleep(5)
    },
    unref() {
      shell.unref()
      for (const pipe of [stdin, stdout]) (pipe as Partial<{ unref: () => void }>).unref?.()
    },
  }
}

/** Whether every thread of the process has stopped. Where that can't be seen (only Linux shows it), they are given a moment. */
async function isStopped(pid: number): Promise<boolean> {
  const tasks = `/proc/${pid}/task`
  if (!existsSync(tasks)) {
    await sleep(200)
    return true
  }
  const threads = await readdir(tasks)
  // The state stands behind the name, which is in brackets and may hold some. A thread that has ended has none.
  const stats = await Promise.all(threads.map((thread) => readFile(`${tasks}/${thread}/stat`, 'latin1').catch(() => ') T')))
  return stats.every((stat) => stat.slice(stat.lastIndexOf(')')).startsWith(') T'))
}

/** The last of what was logged, for an error. */
export const tailOf = async (logFile: string, characters = 2_000): Promise<string> =>
  readFile(logFile, 'utf8').then(
    (text) => text.slice(-characters),
    () => '(no log)',
  )
