/** One run: the system is opened, used and haunted, healed, and judged. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { dumpTopics, type DumpedRecord } from '@millrace/testing/kafka'
import { createRandom } from 'app-kit/random'
import type { Verdict } from './checker/check-run.ts'
import { askAll, HEALING_MS, mend, probe } from './healing.ts'
import { openHistory, type History } from './history.ts'
import { openHouses, runLoad } from './load.ts'
import { haunt } from './nemesis.ts'
import type { ChaosOptions } from './options.ts'
import { pause, Session } from './session.ts'
import { openSystem } from './system.ts'

const PARTITIONS = 6
/** How long before the end the faults end, in milliseconds. */
const CALM_MS = 20_000
/** After the faults, everybody goes on for so long, in milliseconds. */
const AFTERWARDS_MS = 4_000
/** Holds and bookings that every instance is asked for at the end, at most. */
const ASKED_FOR = 150

export interface ChaosResult {
  readonly verdict: Verdict
  /** What was done, and how often. */
  readonly done: ReadonlyMap<string, number>
  readonly seconds: number
  readonly queries: number
  readonly longestSilenceMs: number
  readonly longestWaitMs: number
  /** From the end of the faults until every instance served again. */
  readonly healedAfterMs: number
  /** Where the records of the run are, if they are kept. */
  readonly directory: string | undefined
}

export interface ChaosListener {
  say(text: string): void
  onFault(text: string): void
  onProgress(done: number, text: string): void
}

/** `stopped` ends the faults early. Where it throws, what was written until then stays. */
export async function runChaos(options: ChaosOptions, stopped: AbortSignal, listener: ChaosListener): Promise<ChaosResult> {
  const directory = options.out ?? (await mkdtemp(path.join(tmpdir(), 'millrace-chaos-')))
  await mkdir(directory, { recursive: true })
  listener.say(`Records of the run: ${directory}`)
  const done = new Map<string, number>()
  const startMs = performance.now()
  const history = openHistory(path.join(directory, 'history.jsonl'))
  const healedAfterMs = await haunted({ ...options, directory, history, done, stopped, listener }).finally(() =>
    history[Symbol.asyncDispose](),
  )
  const verdict = await judge(directory)
  const isKept = options.out !== undefined || verdict.findings.length > 0
  const trash = isKept ? [0, 1, 2].map((index) => `shards-${index}`) : ['.']
  for (const name of trash) await rm(path.join(directory, name), { recursive: true, force: true, maxRetries: 5 })
  return {
    verdict,
    done,
    seconds: (performance.now() - startMs) / 1_000,
    queries: history.queries,
    longestSilenceMs: history.longestSilenceMs,
    longestWaitMs: history.longestWaitMs,
    healedAfterMs,
    directory: isKept ? directory : undefined,
  }
}

interface HauntedOptions extends ChaosOptions {
  readonly directory: string
  readonly history: History
  readonly done: Map<string, number>
  readonly stopped: AbortSignal
  readonly listener: ChaosListener
}

/** Leaves `commands.jsonl` and `events.jsonl`. Resolves with how long healing took, in milliseconds. */
async function haunted({ minutes, seed, clients, directory, history, done, stopped, listener }: HauntedOptions): Promise<number> {
  const trouble = (rule: string, problem: string): void => history.add({ kind: 'trouble', rule, problem })
  await using system = await openSystem({
    directory,
    partitions: PARTITIONS,
    onCrash: (problem) => trouble('crash', problem),
    say: listener.say,
  })
  const urls = system.instances.map(({ url }) => url)
  const never = new AbortController().signal
  const houses = await openHouses(
    new Session({ name: 'organiser', urls, random: createRandom(seed), history, signal: never, isRough: false }),
    `chaos-${seed}`,
  )

  const over = new AbortController()
  const closed = new AbortController()
  const startMs = performance.now()
  const faultsMs = Math.max(5_000, minutes * 60_000 - CALM_MS)
  const load = runLoad({ urls, clients, seed, houses, history, over: over.signal, closed: closed.signal })
  const timer = setInterval(
    () =>
      listener.onProgress(
        (performance.now() - startMs) / (minutes * 60_000),
        `${history.commands} commands, ${history.answers} answered, ${history.queries} queries`,
      ),
    500,
  )
  try {
    await haunt({
      system,
      random: createRandom(seed),
      signal: AbortSignal.any([stopped, AbortSignal.timeout(faultsMs)]),
      onFault: listener.onFault,
      onFailure: (problem) => trouble('liveness', problem),
      did: (what) => done.set(what, (done.get(what) ?? 0) + 1),
    })
    listener.onFault('healing')
    await mend(system)
    const healedMs = performance.now()
    const tooLate = AbortSignal.timeout(HEALING_MS)
    const healed = probe(system, { houses, history, signal: tooLate }).then(
      () => performance.now() - healedMs,
      (error: unknown) => {
        trouble('liveness', (error as Error).message)
        return HEALING_MS
      },
    )
    await pause(AFTERWARDS_MS, never)
    over.abort()
    const isAnswered = await Promise.race([
      load.then(() => true),
      new Promise<false>((resolve) => tooLate.addEventListener('abort', () => resolve(false))),
    ])
    if (!isAnswered) trouble('liveness', `somebody still waits for an answer, ${HEALING_MS} ms after all faults were over`)
    closed.abort()
    await load
    const healedAfterMs = await healed
    await askAll(system, {
      history,
      houses,
      holds: history.holds.slice(-ASKED_FOR),
      bookings: history.bookings.slice(-ASKED_FOR),
      after: history.position,
    })
    await dumpAtRest(system.cluster.bootstrap, directory)
    history.add({ kind: 'rest', atMs: Date.now() })
    return healedAfterMs
  } finally {
    over.abort()
    closed.abort()
    clearInterval(timer)
  }
}

/** What is on the topics, once all commands have been decided: what comes of it otherwise is the checker's to say. */
async function dumpAtRest(bootstrap: readonly string[], directory: string): Promise<void> {
  const deadline = performance.now() + HEALING_MS
  for (;;) {
    const records = await dumpTopics(bootstrap, ['tickets.commands', 'tickets.events'])
    const commands = records.filter(({ topic }) => topic === 'tickets.commands')
    const events = records.filter(({ topic }) => topic === 'tickets.events')
    if (isDecided(commands, events) || performance.now() > deadline) {
      await writeFile(path.join(directory, 'commands.jsonl'), commands.map((record) => `${JSON.stringify(record)}\n`).join(''))
      await writeFile(path.join(directory, 'events.jsonl'), events.map((record) => `${JSON.stringify(record)}\n`).join(''))
      return
    }
  }
}

function isDecided(commands: readonly DumpedRecord[], events: readonly DumpedRecord[]): boolean {
  const decided = new Set(events.map(({ partition, headers }) => `${partition}/${headers['ce_commandoffset'] ?? ''}`))
  return commands.every(({ partition, offset }) => decided.has(`${partition}/${offset}`))
}

/** By a program of its own. */
async function judge(directory: string): Promise<Verdict> {
  const checker = spawn(process.execPath, ['--conditions=source', path.join(import.meta.dirname, 'checker/main.ts'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  checker.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const [code] = (await once(checker, 'close')) as [number | null]
  if (code !== 0) throw new Error(`the checker ended with ${code ?? 'a signal'}`)
  return JSON.parse(text) as Verdict
}
