/** The Java programs of `bench/kafka-streams`: built once, started, and their JSON lines read. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const HOME = join(import.meta.dirname, '../../kafka-streams')
const JAR = join(HOME, 'target/bench.jar')
const CLASS_PATH = `${JAR}:${join(HOME, 'target/libs')}/*`

export type JavaProgram = 'Count' | 'Latency' | 'Preload' | 'StreamsPeer' | 'Topics'

/** One line of stdout. `event` says which kind it is; the other fields stand in the program. */
export interface JavaLine {
  readonly event: string
}

export interface JavaProcess extends AsyncDisposable {
  readonly pid: number
  /** The first line that `isIt` takes, even one that has come already. Rejects where the program ends without it. */
  line<Line extends JavaLine>(isIt: (line: JavaLine) => line is Line): Promise<Line>
  /** Resolves when it has ended with status 0, rejects with what it said where it ended otherwise. */
  readonly ended: Promise<void>
}

export interface JavaSettings {
  readonly heapMiB?: number
  /** Tools take the collector with the fewest threads; the peer has what Java chooses. */
  readonly isTool?: boolean
}

/** The last characters of stderr that an error quotes. */
const QUOTED = 2_000
let building: Promise<void> | undefined

/** Needs Maven and a JDK from 17 on. Does nothing where the jar is newer than its sources. */
const buildJava = (): Promise<void> => (building ??= build())

async function build(): Promise<void> {
  const sources = globSync(['pom.xml', 'src/**/*'], { cwd: HOME }).map((file) => statSync(join(HOME, file)).mtimeMs)
  if (existsSync(JAR) && statSync(JAR).mtimeMs > Math.max(...sources)) return
  const maven = spawn('mvn', ['--quiet', '--batch-mode', '-Dstyle.color=never', 'package'], { cwd: HOME, stdio: ['ignore', 2, 2] })
  const [code] = (await once(maven, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`mvn package ended with ${code ?? 'a signal'}: see above`)
}

/** Options are given as `--name value`. Disposing ends it by SIGTERM. */
export async function startJava(
  program: JavaProgram,
  options: Readonly<Record<string, string | number>>,
  settings: JavaSettings = {},
): Promise<JavaProcess> {
  await buildJava()
  const { heapMiB = 1_024, isTool = true } = settings
  const flags = [`-Xmx${heapMiB}m`, ...(isTool ? ['-XX:+UseSerialGC'] : [])]
  const named = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child = spawn('java', [...flags, '-cp', CLASS_PATH, `millrace.bench.${program}`, ...named], { stdio: ['ignore', 'pipe', 'pipe'] })
  const killWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithUs)

  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-QUOTED)))
  const come: JavaLine[] = []
  const waiting = new Set<() => void>()
  const tell = (): void => waiting.forEach((look) => look())
  createInterface(child.stdout).on('line', (line) => {
    come.push(JSON.parse(line) as JavaLine)
    tell()
  })
  let isStopping = false
  // 'close' and not 'exit': by then all lines have been read.
  const ended = once(child, 'close').then(([code, signal]) => {
    process.removeListener('exit', killWithUs)
    if (code !== 0 && !isStopping) {
      const last = come.at(-1)
      throw new Error(`${program} ended with ${String(code ?? signal)}: ${said}${last === undefined ? '' : JSON.stringify(last)}`)
    }
  })
  ended.catch(() => {})

  return {
    pid: child.pid ?? 0,
    ended,
    line<Line extends JavaLine>(isIt: (line: JavaLine) => line is Line): Promise<Line> {
      const found = new Promise<Line>((resolve) => {
        const look = (): void => {
          const line = come.find(isIt)
          if (line === undefined) return
          waiting.delete(look)
          resolve(line)
        }
        waiting.add(look)
        look()
      })
      const missed = ended.then(() => {
        const line = come.find(isIt)
        if (line === undefined) throw new Error(`${program} has ended without the line that was expected of it`)
        return line
      })
      return Promise.race([found, missed])
    },
    async [Symbol.asyncDispose]() {
      isStopping = true
      await leave(child)
    },
  }
}

/** Runs a tool to its end and resolves with its line of that kind. */
export async function runJava<Line extends JavaLine>(
  program: JavaProgram,
  options: Readonly<Record<string, string | number>>,
  event: Line['event'],
): Promise<Line> {
  const java = await startJava(program, options)
  await java.ended
  return java.line((line): line is Line => line.event === event)
}

async function leave(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'close')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 40_000)
  await ended
  clearTimeout(timer)
}
