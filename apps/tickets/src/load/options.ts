import { parseArgs } from 'node:util'

export interface LoadOptions {
  readonly url: string
  readonly users: number
  readonly seconds: number
  /** Shows that are there, by id; or how many to create. */
  readonly shows: readonly string[] | number
  readonly writeRatio: number
  /** Of those who buy, the share that pays by card; the others do at the box office. */
  readonly payRatio: number
  readonly thinkMs: number
  readonly sockets: number
  readonly seed: number
  /** The read model that is rebuilt while the load runs; undefined for none. */
  readonly rebuild: string | undefined
  /** What the app wants from those who operate it (`MILLRACE_OPS_KEY`), if it does. */
  readonly opsKey?: string | undefined
}

export const HELP = `Simulated users against a running app, over HTTP; then a verdict from reading its log.

  npm run load -- [options]

  --url URL           where the app is                                (http://127.0.0.1:3000)
  --users N           how many users                                  (5000)
  --seconds N         for how long                                    (60)
  --shows A,B | N     shows to go to; a number creates as many new    (theatre,arena)
  --write-ratio R     share of commands among all requests, 0 to 1    (0.3)
  --pay-ratio R       share of buyers who pay by card, 0 to 1         (0.5)
  --think-ms N        how long a user waits between two, on average   (2000)
  --sockets N         connections kept open, at most                  (256)
  --seed N            of the users' moods                             (1)
  --rebuild NAME      read model to rebuild meanwhile, or none        (seat-map)
  --help              this text

An app that was started with MILLRACE_OPS_KEY wants the same in this environment: read models are rebuilt and verified.

Exit status: 0 what was promised held, 1 it did not, 2 the load could not be run.
`

export class OptionsError extends Error {
  override readonly name = 'OptionsError'
}

/** Undefined where help is asked for. Throws `OptionsError`. */
export function toOptions(args: readonly string[]): LoadOptions | undefined {
  const text = (fallback: string) => ({ type: 'string', default: fallback }) as const
  let values
  try {
    values = parseArgs({
      args: [...args],
      options: {
        url: text('http://127.0.0.1:3000'),
        users: text('5000'),
        seconds: text('60'),
        shows: text('theatre,arena'),
        'write-ratio': text('0.3'),
        'pay-ratio': text('0.5'),
        'think-ms': text('2000'),
        sockets: text('256'),
        seed: text('1'),
        rebuild: text('seat-map'),
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    throw new OptionsError((error as Error).message)
  }
  if (values.help) return undefined
  const number = (name: Exclude<keyof typeof values, 'help'>, least: number, most: number, isWhole = true): number => {
    const value = Number(values[name])
    if (values[name].trim() === '' || !(value >= least && value <= most) || (isWhole && !Number.isInteger(value))) {
      throw new OptionsError(`--${name}: got '${values[name]}', expected a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`)
    }
    return value
  }
  if (!/^https?:$/.test(URL.parse(values.url)?.protocol ?? ''))
    throw new OptionsError(`--url: got '${values.url}', expected one such as http://127.0.0.1:3000`)
  return {
    url: values.url.replace(/\/+$/, ''),
    users: number('users', 1, 100_000),
    seconds: number('seconds', 1, 86_400),
    shows: /^\d+$/.test(values.shows) ? number('shows', 1, 500) : toShows(values.shows),
    writeRatio: number('write-ratio', 0, 1, false),
    payRatio: number('pay-ratio', 0, 1, false),
    thinkMs: number('think-ms', 0, 600_000),
    sockets: number('sockets', 1, 10_000),
    seed: number('seed', 0, 0xffffffff),
    rebuild: values.rebuild === 'none' ? undefined : values.rebuild,
  }
}

function toShows(text: string): readonly string[] {
  const shows = text.split(',').map((each) => each.trim())
  if (shows.some((each) => each === ''))
    throw new OptionsError(`--shows: got '${text}', expected ids with commas between them, or a number`)
  return shows
}
