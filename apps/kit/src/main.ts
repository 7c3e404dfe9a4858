/** What the apps' main files share: from the settings to an app at work, and back to an end. Names the concrete adapters, as they do. */
import path from 'node:path'
import {
  createMemoryLog,
  createMemoryReadStore,
  MillraceError,
  type Log,
  type ReadStore,
  type Role,
  type SharedReadStore,
  type ShardCheckpoints,
} from '@millrace/core'
import { kafkaVariables, openKafkaLog, toBrokers, toKafkaOptions } from '@millrace/kafka'
import { openPostgresReadStore } from '@millrace/postgres'
import {
  openSqliteCheckpoints,
  openSqliteLog,
  openSqliteLogFollower,
  openSqliteReadStore,
  openTemporarySqliteReadStore,
} from '@millrace/sqlite'
import { serveElsewhere, serveNoPage, servePage, type Page } from './page/index.ts'
import { toAdvice } from './running/advice.ts'
import { roleInWords } from './running/role-in-words.ts'
import { stopOnSignals } from './running/stop-on-signals.ts'
import { whereIs } from './running/where-is.ts'
import type { Server } from './server/index.ts'
import { SettingsError, type LogSettings } from './settings/index.ts'

export interface Opened {
  readonly role: Role
  readonly log: Log
  readonly store: ReadStore | SharedReadStore
  readonly checkpoints?: ShardCheckpoints
  readonly addPage: (server: Server) => void
  readonly onProgress: (done: number) => void
}

export interface AppMain<Settings extends LogSettings> {
  /** As in `app(name, …)`: Kafka's topics are named after it. */
  readonly name: string
  /** The npm script that runs it, such as `npm start`. */
  readonly script: string
  /** What `--help` says, around the settings. */
  readonly help: (settings: string) => string
  readonly settingsHelp: (adapters: typeof kafkaVariables) => string
  readonly toSettings: (
    env: NodeJS.ProcessEnv,
    adapters: readonly string[],
  ) => { readonly settings: Settings; readonly warnings: readonly string[] }
  readonly page: Page
  /** Once it resolves, the app closes what it was given; where it fails, it has closed it. */
  readonly open: (settings: Settings, opened: Opened) => Promise<{ readonly url: string } & AsyncDisposable>
  /** Said once it is open. */
  readonly banner: (
    url: string,
    settings: Settings,
    where: { readonly log: string; readonly models: string; readonly role: string },
  ) => string
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Runs an app from the command line; ends the process with 1 where it cannot. */
export async function runMain<Settings extends LogSettings>(app: AppMain<Settings>): Promise<void> {
  // Whoever read what it says may go (a pipe, a terminal): the app goes on, and stops in order.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined)
  try {
    await main(app, process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof SettingsError ? error.problems.join('\n') : error)
    process.exitCode = 1
  }
}

async function main<Settings extends LogSettings>(app: AppMain<Settings>, args: readonly string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    say(app.help(app.settingsHelp(kafkaVariables)))
    return
  }
  if (args[0] !== undefined)
    throw new SettingsError([`There is no option '${args[0]}'. Settings come from the environment: see ${app.script} -- --help`])
  const { settings, warnings } = app.toSettings(
    process.env,
    kafkaVariables.map(({ name }) => name),
  )
  for (const warning of warnings) console.error(`Note: ${warning}`)
  // Until it is open there is nothing to finish: Ctrl-C ends the process at once.
  const running = await open(app, settings).catch((error: unknown) => {
    console.error(toAdvice(error, settings, app))
    process.exit(1)
  })
  stopOnSignals(running, say)
  say(
    app.banner(running.url, settings, {
      log: whereIs(settings.log, app.name),
      models: modelsOf(settings, app.name),
      role: roleInWords(settings.role),
    }),
  )
}

function modelsOf({ role, store }: LogSettings, name: string): string {
  const { kind } = store
  if (role === 'write' && kind !== 'postgres') return 'none here'
  return kind === 'memory' || kind === 'temporary'
    ? `in ${kind === 'memory' ? 'memory' : 'a temporary SQLite database'}, folded from the log at start`
    : whereIs(store, name)
}

async function open<Settings extends LogSettings>(app: AppMain<Settings>, settings: Settings): ReturnType<AppMain<Settings>['open']> {
  await using opened = new AsyncDisposableStack()
  const { role } = settings
  const log = opened.use(await openLog(settings, app.name))
  const store = opened.use(await named('MILLRACE_STORE', openStore(settings, app.name)))
  const checkpoints = opened.use(await named('MILLRACE_CHECKPOINTS', openCheckpoints(settings)))
  const addPage = role === 'write' ? serveElsewhere : await toPage(app.page)
  const running = await app.open(settings, {
    role,
    log,
    store,
    ...(checkpoints && { checkpoints }),
    addPage,
    onProgress: (done) => say(`Reading the log: ${Math.floor(done * 100)} %`),
  })
  opened.move() // the app closes them
  return running
}

/** Builds the page where it has changed; what then adds its routes. */
async function toPage(page: Page): Promise<Opened['addPage']> {
  const buildError = await page.build(say)
  if (buildError !== undefined) say(`The page could not be built: ${buildError.message}\nThe API works all the same.`)
  return (server) =>
    page.isBuilt() ? servePage(server, page.directory) : serveNoPage(server, buildError?.message ?? 'dist/web is missing')
}

/** Where it fails, the message begins with the variable. Both have their errors from the same adapters: by code they look alike. */
async function named<T>(variable: string, opening: Promise<T>): Promise<T> {
  try {
    return await opening
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    throw new MillraceError(error.code, `${variable}: ${error.message}`, { at: error.at, cause: error })
  }
}

async function openLog({ role, log, partitions }: LogSettings, name: string): Promise<Log> {
  if (log.kind === 'memory') return createMemoryLog({ partitions: partitions ?? 12 })
  if (log.kind === 'sqlite' && role === 'read') return openSqliteLogFollower(path.resolve(log.directory))
  if (log.kind === 'sqlite') return openSqliteLog(path.resolve(log.directory), partitions === undefined ? {} : { partitions })
  const problems: string[] = []
  const options = toKafkaOptions(process.env, problems)
  if (problems.length > 0) throw new SettingsError(problems)
  say(`Opening the log: ${whereIs(log, name)} …`)
  return openKafkaLog({ ...options, brokers: toBrokers(log.url) ?? [], app: name, ...(partitions !== undefined && { partitions }) })
}

/** Apps that share a database have a schema each. */
async function openStore({ role, store }: LogSettings, name: string): Promise<ReadStore | SharedReadStore> {
  // Who only writes keeps read models only where they are shared.
  if (store.kind === 'memory' || (role === 'write' && store.kind !== 'postgres')) return createMemoryReadStore()
  if (store.kind === 'temporary') return openTemporarySqliteReadStore()
  if (store.kind === 'postgres') return openPostgresReadStore(store.url, { schema: `millrace_${name.replaceAll('-', '_')}` })
  return openSqliteReadStore(path.resolve(store.directory))
}

/** A cache of the log, for the shards of this instance. */
async function openCheckpoints({ role, log, checkpoints, port, directory }: LogSettings): Promise<ShardCheckpoints | undefined> {
  if (role === 'read') return undefined
  if (checkpoints !== undefined)
    return checkpoints.kind === 'memory' ? undefined : openSqliteCheckpoints(path.resolve(checkpoints.directory))
  if (log.kind === 'memory') return undefined
  // Beside the embedded log; with Kafka, a directory for each instance on this machine.
  return openSqliteCheckpoints(log.kind === 'sqlite' ? path.resolve(log.directory) : path.resolve(directory, `shards-${port}`))
}
