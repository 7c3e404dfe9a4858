import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A process of our own that answers what it is asked, one request at a time. */
export interface Child extends AsyncDisposable {
  readonly pid: number
  ask<Answer>(request: object): Promise<Answer>
}

export interface ChildOptions {
  /** Runs what `npm run build` made, as users have it (default false). Our sources cost memory: Node strips their types. */
  readonly isBuilt?: boolean
  /** How large its heap may become (default: what Node takes by itself). */
  readonly heapMiB?: number
}

/** Starts `src/<file>` with these settings and waits until it says that it is ready. Disposing lets it end by itself. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows what the other file says
export async function openChild<Ready>(
  file: string,
  settings: object,
  { isBuilt = false, heapMiB }: ChildOptions = {},
): Promise<Child & { readonly ready: Ready }> {
  const inherited = process.execArgv.filter((each) => !each.startsWith('--cpu-prof') && !(isBuilt && each === '--conditions=source'))
  const process_ = fork(join(import.meta.dirname, '..', file), [JSON.stringify(settings)], {
    execArgv: [...inherited, ...profiling(), ...(heapMiB === undefined ? [] : [`--max-old-space-size=${heapMiB}`])],
    serialization: 'advanced',
  })
  const failed = new Promise<never>((_resolve, reject) => {
    process_.once('exit', (code, signal) => reject(new Error(`${file} ended early (${code ?? signal ?? 'unknown'})`)))
  })
  failed.catch(() => {})
  const answer = async (): Promise<unknown> => {
    const [message] = (await Promise.race([once(process_, 'message'), failed])) as [{ readonly error?: string; readonly answer?: unknown }]
    if (message.error !== undefined) throw new Error(`${file}: ${message.error}`)
    return message.answer
  }
  const ready = (await answer()) as Ready
  let turn: Promise<unknown> = Promise.resolve()
  return {
    pid: process_.pid ?? 0,
    ready,
    ask<Answer>(request: object): Promise<Answer> {
      const asked = turn.then(() => {
        process_.send(request)
        return answer()
      })
      turn = asked.catch(() => undefined)
      return asked as Promise<Answer>
    },
    [Symbol.asyncDispose]: () => leave(process_),
  }
}

/** MILLRACE_BENCH_PROFILE=<directory> leaves a CPU profile of every child there. */
function profiling(): readonly string[] {
  const directory = process.env['MILLRACE_BENCH_PROFILE']
  return directory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${directory}`]
}

async function leave(process_: ChildProcess): Promise<void> {
  if (process_.exitCode !== null || process_.signalCode !== null) return
  const ended = once(process_, 'exit')
  if (process_.connected) process_.disconnect()
  const timer = setTimeout(() => process_.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(timer)
}

/** The other side: sets up, then answers until the parent goes. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as above, the other way round
export async function serveParent<Settings, Request extends object>(
  open: (settings: Settings) => Promise<{ readonly ready: object; answer(request: Request): Promise<unknown>; close(): Promise<void> }>,
): Promise<void> {
  const opened = await open(JSON.parse(process.argv[2] ?? '{}') as Settings)
  process.on('message', (request: Request) => {
    opened.answer(request).then(
      (answer) => process.send?.({ answer }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
  })
  process.on('disconnect', () => {
    opened.close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  })
  process.send?.({ answer: opened.ready })
}
