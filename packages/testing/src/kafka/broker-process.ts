/** Java as a process that outlives nobody: started, killed, paused. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'

/**
 * Runs Java and says its process id. When this process is gone, whatever ended it, standard input ends: then Java is
 * killed, and the folder `$1` removed where one is named. A watcher that is no longer needed is told so (TERM).
 */
const WRAPPER = `
folder=$1; shift
exec 3<&0
java "$@" </dev/null >&2 3<&- &
pid=$!
(cat <&3; trap '' TERM; kill -9 $pid 2>/dev/null; [ -z "$folder" ] || rm -rf -- "$folder") >/dev/null &
watcher=$!
exec 3<&-
echo $pid
wait $pid
kill $watcher 2>/dev/null`

export interface JavaProcess {
  readonly pid: number
  readonly hasEnded: boolean
  /** Resolves when it is gone, however it ended. This process stays until then. */
  ended(): Promise<void>
  /** Does nothing where it is gone. */
  signal(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void
  /** Lets this process end while Java still runs, which it then takes along. */
  unref(): void
}

interface StartJavaOptions {
  /** What Java says is added to this file. */
  readonly logFile: string
  /** Removed where this process dies before Java does. */
  readonly folder?: string | undefined
}

export async function startJava(args: readonly string[], { logFile, folder = '' }: StartJavaOptions): Promise<JavaProcess> {
  const log = openSync(logFile, 'a')
  // Detached: Ctrl-C in a terminal is for this process, which decides how its brokers end.
  const shell = spawn('sh', ['-c', WRAPPER, 'sh', folder, ...args], { stdio: ['pipe', 'pipe', log], detached: true })
  const [stdin, stdout] = [shell.stdin!, shell.stdout!]
  closeSync(log)
  let hasEnded = false
  const ended = once(shell, 'exit').then(() => {
    hasEnded = true
    stdin.destroy()
    stdout.destroy()
  })
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
    signal(signal) {
      if (hasEnded) return
      try {
        process.kill(pid, signal)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    },
    unref() {
      shell.unref()
      for (const pipe of [stdin, stdout]) (pipe as Partial<{ unref: () => void }>).unref?.()
    },
  }
}

/** The last of what was logged, for an error. */
export const tailOf = async (logFile: string, characters = 2_000): Promise<string> =>
  readFile(logFile, 'utf8').then(
    (text) => text.slice(-characters),
    () => '(no log)',
  )
