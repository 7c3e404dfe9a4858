/** One broker as a process: started, killed, paused, started again on what it left. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'

/**
 * Runs Java, says its process id, and ends it when this process is gone: then standard input ends, whatever killed it.
 */
const WRAPPER = 'exec 3<&0; java "$@" </dev/null >&2 & pid=$!; echo $pid; (cat <&3 >/dev/null; kill -9 $pid 2>/dev/null) & wait $pid'

export interface JavaProcess {
  readonly pid: number
  /** Resolves when it is gone, however it ended. */
  readonly ended: Promise<unknown>
  signal(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void
}

/** Starts Java with `args`; what it says goes to `logFile`. */
export async function startJava(args: readonly string[], logFile: string): Promise<JavaProcess> {
  const log = openSync(logFile, 'a')
  const shell: ChildProcess = spawn('sh', ['-c', WRAPPER, 'sh', ...args], { stdio: ['pipe', 'pipe', log] })
  const ended = once(shell, 'exit').then(() => {
    shell.stdin?.end()
    shell.stdout?.destroy()
  })
  const pid = await new Promise<number>((resolve, reject) => {
    createInterface({ input: shell.stdout! }).once('line', (line) => resolve(Number(line)))
    shell.once('error', reject)
  })
  return {
    pid,
    ended,
    signal(signal) {
      try {
        process.kill(pid, signal)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    },
  }
}

/** The last of what was logged, for an error. */
export const tailOf = async (logFile: string, characters = 2_000): Promise<string> =>
  readFile(logFile, 'utf8').then(
    (text) => text.slice(-characters),
    () => '(no log)',
  )
