import { HELP, toOpsKey, toOptions, UsageError, type Options } from './options.ts'
import { Operations, RefusedError, UnreachableError, type Build, type Verified } from './operations.ts'
import { count, duration, ProgressBar } from './progress-bar.ts'
import { showParked } from './parked.ts'
import { rebuild } from './rebuild.ts'
import { toTable } from './table.ts'
import type { Terminal } from './terminal.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Runs `millrace` with these arguments; of `env` it reads `MILLRACE_OPS_KEY`. Resolves with its exit status, which `--help` explains; rejects only where it has a bug. */
export async function runCli(args: readonly string[], terminal: Terminal, env: Environment = {}): Promise<number> {
  try {
    return await run(toOptions(args), terminal, env)
  } catch (error) {
    const status = error instanceof UsageError ? 2 : error instanceof UnreachableError ? 3 : error instanceof RefusedError ? 1 : undefined
    if (status === undefined) throw error
    terminal.error(`millrace: ${(error as Error).message}\n`)
    return status
  }
}

async function run(options: Options, terminal: Terminal, env: Environment): Promise<number> {
  if (options.command === 'help') {
    terminal.out(HELP)
    return 0
  }
  const operations = new Operations(options.url, toOpsKey(env['MILLRACE_OPS_KEY']))
  if (options.command === 'read-models') {
    terminal.out(buildsTable(await operations.list()))
    return 0
  }
  if (options.command === 'parked') {
    terminal.out(showParked(await operations.parked()))
    return 0
  }
  if (options.command === 'retry' || options.command === 'skip') return decide(operations, options, terminal)
  const { command, projection } = options
  if (command === 'verify') return verify(operations, projection, terminal)
  if (command === 'rebuild') {
    const { from, to } = await rebuild(operations, projection, terminal)
    terminal.out(`${projection}: ${to} serves; ${from} is kept, for roll-back\n`)
    return 0
  }
  const builds = await operations.act(projection, command)
  terminal.out(buildsTable(builds.filter((each) => each.projection === projection)))
  return 0
}

async function decide(
  operations: Operations,
  options: Extract<Options, { command: 'retry' | 'skip' }>,
  terminal: Terminal,
): Promise<number> {
  const { command, url: _, ...decision } = options
  const keys = await operations.decide(command, decision)
  terminal.out(
    keys === 0
      ? `${options.reader}: nothing is parked, as far as this instance knows\n`
      : `${options.reader}: ${count(keys)} ${keys === 1 ? 'key' : 'keys'} to ${command}; it is in the log, and millrace parked lists what waits after it\n`,
  )
  return 0
}

async function verify(operations: Operations, projection: string, terminal: Terminal): Promise<number> {
  let found: Verified
  {
    let bar: { readonly step: string; readonly of: ProgressBar } | undefined
    using bars = new DisposableStack()
    found = await operations.verify(projection, ({ step, done, total }) => {
      if (bar?.step !== step) bar = { step, of: bars.use(new ProgressBar(terminal, `${projection}, ${step}`)) }
      bar.of.draw({ done, total })
    })
  }
  const { records, documents, rows, differing, differences } = found
  const of = `${count(documents)} documents,${rows === undefined ? '' : ` ${count(rows)} rows,`} ${count(records)} records of the log`
  terminal.out(
    differing === 0 ? `${projection} is what the log says (${of})\n` : `${projection} DIFFERS in ${count(differing)} of ${of}:\n`,
  )
  for (const { table, key, path, served = 'nothing', other = 'nothing' } of differences)
    terminal.out(`  ${table === undefined ? '' : `${table} `}${key} ${path || '(whole)'}: serves ${served}, the log gives ${other}\n`)
  return differing === 0 ? 0 : 1
}

const BUILD_COLUMNS = ['projection', 'version', 'role', 'state', '>behind', '>per second', '>left']

const buildsTable = (builds: readonly Build[]): string =>
  toTable(
    BUILD_COLUMNS,
    builds.map(({ projection, version, role, state, behind, perSecond, secondsLeft, error }) => [
      projection,
      version,
      role,
      error === undefined ? state : `${state} (${error})`,
      count(behind),
      count(perSecond),
      secondsLeft === null ? '?' : duration(secondsLeft),
    ]),
  )
