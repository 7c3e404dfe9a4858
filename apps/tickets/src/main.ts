/** `npm start`: the only file that names concrete adapters. */
import path from 'node:path'
import { createMemoryLog, createMemoryReadStore, MillraceError, type Log, type ReadStore, type ShardCheckpoints } from '@millrace/core'
import { kafkaVariables, openKafkaLog, toBrokers, toKafkaOptions } from '@millrace/kafka'
import { openSqliteCheckpoints, openSqliteLog, openSqliteReadStore } from '@millrace/sqlite'
import { arena, theatre } from './demo/demo-shows.ts'
import { BUILT_PAGE, buildPage, isPageBuilt } from './page/build-page.ts'
import { serveNoPage, servePage } from './page/serve-page.ts'
import { tickets } from './app.ts'
import { runTickets, type RunningTickets } from './run-tickets.ts'
import { settingsHelp, SettingsError, toSettings, type LogTarget, type Settings } from './settings.ts'

const HELP = `Millrace Tickets: book seats on a live map, served from this machine.

  npm start                   open the box office
  npm start -- --help         this text

Settings, from the environment:
  name                    default        meaning
${settingsHelp(kafkaVariables)}

With the app open, in another terminal:
  npm run load -- --help      simulated users, and a verdict from the log
`

const say = (text: string): void => void process.stdout.write(`${text}\n`)

async function openLog({ log, partitions }: Settings): Promise<Log> {
  if (log.kind === 'memory') return createMemoryLog({ partitions: partitions ?? 12 })
  if (log.kind === 'sqlite') return openSqliteLog(path.resolve(log.directory), partitions === undefined ? {} : { partitions })
  const problems: string[] = []
  const options = toKafkaOptions(process.env, problems)
  if (problems.length > 0) throw new SettingsError(problems)
  say(`Opening the log: ${where(log)} …`)
  return openKafkaLog({ ...options, brokers: toBrokers(log.url) ?? [], app: tickets.name, ...(partitions !== undefined && { partitions }) })
}

const openStore = async ({ store }: Settings): Promise<ReadStore> =>
  store.kind === 'memory' ? createMemoryReadStore() : openSqliteReadStore(path.resolve(store.directory))

/** A cache of the log, for the shards of this instance. */
const openCheckpoints = async (settings: Settings): Promise<ShardCheckpoints | undefined> => {
  const directory = checkpointsIn(settings)
  return directory === undefined ? undefined : openSqliteCheckpoints(directory)
}

/** Beside the embedded log; with Kafka, a directory for each instance on this machine. */
function checkpointsIn({ log, checkpoints, port }: Settings): string | undefined {
  if (checkpoints !== undefined) return checkpoints.kind === 'memory' ? undefined : path.resolve(checkpoints.directory)
  if (log.kind === 'memory') return undefined
  return log.kind === 'sqlite' ? path.resolve(log.directory) : path.resolve('data', `shards-${port}`)
}

async function open(settings: Settings): Promise<RunningTickets> {
  await using opened = new AsyncDisposableStack()
  const log = opened.use(await openLog(settings))
  const store = opened.use(await openStore(settings))
  const checkpoints = opened.use(await openCheckpoints(settings))
  const buildError = await buildPage(say)
  if (buildError !== undefined) say(`The page could not be built: ${buildError.message}\nThe API works all the same.`)
  const { host, port, holdMs, isDemo } = settings
  const app = await runTickets({
    log,
    store,
    ...(checkpoints && { checkpoints }),
    host,
    port,
    isDemo,
    shows: isDemo ? [theatre(Date.now(), holdMs), arena(Date.now(), holdMs)] : [],
    addPage: (server) =>
      isPageBuilt() ? servePage(server, BUILT_PAGE) : serveNoPage(server, buildError?.message ?? 'dist/web is missing'),
    onProgress: (done) => say(`Reading the log: ${Math.floor(done * 100)} %`),
  })
  opened.move() // the app closes them
  return app
}

function where(target: LogTarget): string {
  if (target.kind === 'kafka') return `Kafka at ${target.url.slice('kafka://'.length)}, topics tickets.commands and tickets.events`
  return target.kind === 'memory' ? 'in memory, gone when it stops' : path.resolve(target.directory)
}

function banner(url: string, settings: Settings): string {
  const models = settings.store.kind === 'memory' ? 'in memory, folded from the log at start' : where(settings.store)
  return `
  Millrace Tickets is open:  ${url}

  Log           ${where(settings.log)}
  Read models   ${models}
  API           ${url}/docs

  Try           open it in two windows and go for the same seat
${settings.isDemo ? '                send in the crowd, from the page of a show\n                npm run load -- --users 500 --seconds 20\n' : ''}
  Ctrl-C stops it.
`
}

/** What went wrong, and what to do about it. */
function advice(error: unknown, { port, log }: Settings): string {
  const { code } = error as { readonly code?: unknown }
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof SettingsError) return message
  if (code === 'EADDRINUSE' || message.includes('EADDRINUSE')) {
    return `Port ${port} is in use. Stop what listens there, or choose another one:\n\n  PORT=${port + 1} npm start\n`
  }
  if (code === 'EACCES' && port > 0 && port < 1_024)
    return `Port ${port} needs more rights than this process has. Choose one from 1024, such as PORT=3000.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST: this machine has no such address (${message}). Use 127.0.0.1, or 0.0.0.0 for all.`
  if (code === 'LOG_HELD') return `Cannot open the log: ${message}.\n\n  MILLRACE_LOG=sqlite:./other-data npm start\n`
  if (message.startsWith('partitions:')) return `MILLRACE_${message.replace('partitions', 'PARTITIONS')}`
  if (log.kind === 'kafka' && code === 'LOG_UNAVAILABLE')
    return `${message}\n\nMILLRACE_LOG names the brokers. For one on this machine: npm run kafka`
  if (log.kind === 'kafka' && error instanceof MillraceError) return `${message} (${error.code})`
  if (error instanceof MillraceError) return `${message} (${error.code}, log: ${where(log)})`
  return error instanceof Error ? (error.stack ?? message) : message
}

/** One Ctrl-C may come several times: from the terminal, and passed on by each npm in between. */
const SAME_CTRL_C_MS = 500

/** The first asks to finish, the second to end at once. */
function stopOnSignals(app: RunningTickets): void {
  let firstMs: number | undefined
  const stop = (): void => {
    const nowMs = performance.now()
    if (firstMs !== undefined) {
      if (nowMs - firstMs > SAME_CTRL_C_MS) process.exit(130)
      return
    }
    firstMs = nowMs
    say('\nStopping: answering what was sent … (Ctrl-C again stops at once)')
    app[Symbol.asyncDispose]().then(
      () => {
        say('Stopped.')
        process.exit(0)
      },
      (error: unknown) => {
        console.error('It did not stop cleanly:', error)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    say(HELP)
    return
  }
  if (args[0] !== undefined)
    throw new SettingsError([`There is no option '${args[0]}'. Settings come from the environment: see npm start -- --help`])
  const { settings, warnings } = toSettings(
    process.env,
    kafkaVariables.map(({ name }) => name),
  )
  for (const warning of warnings) console.error(`Note: ${warning}`)
  // Until it is open there is nothing to finish: Ctrl-C ends the process at once.
  const app = await open(settings).catch((error: unknown) => {
    console.error(advice(error, settings))
    process.exit(1)
  })
  stopOnSignals(app)
  say(banner(app.url, settings))
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof SettingsError ? error.problems.join('\n') : error)
  process.exitCode = 1
}
