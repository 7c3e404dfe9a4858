import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readHistory, type History } from './history.ts'
import { seededRandom } from './random.ts'

export interface CrashLoopOptions {
  /** The program that runs the app: see `crashChild`. */
  readonly entry: URL
  readonly rounds: number
  /** What decides when each round ends; printed, so that a failure can be tried again (`MILLRACE_SEED`). */
  readonly seed?: number
  /** Named points at which every other round ends, in turn (default none: all end at random). See `abortingLog`. */
  readonly killAt?: readonly string[]
  /** How long a round lasts at most once the app runs, in milliseconds (default 700). */
  readonly maxRoundMs?: number
  /** Looks at what is left, from outside. Called after each round, and with what all clients saw so far. */
  readonly check: (directory: string, history: History, round: number) => Promise<void>
}

/** How long a program may need until it says that it is ready. */
const START_MS = 120_000

/** Starts a program on one directory again and again, kills it (SIGKILL) each time, and checks what is left. */
export async function crashLoop({ entry, rounds, killAt = [], maxRoundMs = 700, check, ...options }: CrashLoopOptions): Promise<void> {
  const seed = options.seed ?? Number(process.env['MILLRACE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`crash loop: MILLRACE_SEED=${seed}`)
  const random = seededRandom(seed)
  const directory = await mkdtemp(path.join(tmpdir(), 'millrace-crash-'))
  try {
    for (let round = 0; round < rounds; round++) {
      const point = round % 2 === 1 ? killAt[(round >> 1) % killAt.length] : undefined
      const abortAt = point === undefined ? undefined : `${point}:${1 + Math.floor(random() ** 3 * 200)}`
      const early = point === undefined && random() < 0.2 // now and then it does not even come up
      const afterMs = random() * maxRoundMs
      try {
        await runUntilKilled({ entry, directory, round, seed, abortAt, early, afterMs })
        await check(directory, readHistory(directory), round)
      } catch (error) {
        throw new Error(`round ${round} of seed ${seed} (${abortAt ?? (early ? 'while it starts' : `after ${Math.round(afterMs)} ms`)})`, {
          cause: error,
        })
      }
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

interface Round {
  readonly entry: URL
  readonly directory: string
  readonly round: number
  readonly seed: number
  readonly abortAt: string | undefined
  readonly early: boolean
  readonly afterMs: number
}

async function runUntilKilled({ entry, directory, round, seed, abortAt, early, afterMs }: Round): Promise<void> {
  const env = {
    ...process.env,
    MILLRACE_CRASH_DIRECTORY: directory,
    MILLRACE_CRASH_ROUND: String(round),
    MILLRACE_CRASH_SEED: String(seed),
  }
  delete (env as Record<string, unknown>)['NODE_TEST_CONTEXT'] // it is no test file of the runner's
  const child = fork(entry, {
    env: abortAt === undefined ? env : { ...env, MILLRACE_ABORT_AT: abortAt },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  let stderr = ''
  child.stderr?.on('data', (some: Buffer) => (stderr += some.toString()))
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>
  const kill = (): void => void child.kill('SIGKILL')
  let timer = setTimeout(kill, early ? afterMs / 2 : START_MS)
  const seen = { ready: false }
  child.on('message', () => {
    seen.ready = true
    if (early) return
    clearTimeout(timer)
    timer = setTimeout(kill, abortAt === undefined ? afterMs : 3_000)
  })
  const [code, signal] = await exited
  clearTimeout(timer)
  if (signal !== 'SIGKILL') throw new Error(`the program ended by itself (${signal ?? `exit status ${code}`}):\n${stderr}`)
  if (!seen.ready && !early && abortAt === undefined) throw new Error(`the program was not ready within ${START_MS} ms:\n${stderr}`)
}
