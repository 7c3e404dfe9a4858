import { parseArgs } from 'node:util'
import type { Decision } from './operations.ts'

export const HELP = `millrace: operates the read models and reactors of a running app

  millrace read-models                  every build: its role, how far it is behind, its pace
  millrace rebuild <projection>         builds it anew from the log, beside the one that serves, and switches to it
  millrace verify <projection>          compares what serves with the log
  millrace roll-back <projection>       lets the kept build serve again; gives up one that is being built
  millrace remove-kept <projection>     removes the kept build

  millrace parked                       what could not be handled: keys that wait, by reader, and commands that were passed over
  millrace retry <reader> <key>         has the events of a parked key handled again, in order, with the code as it is now
  millrace retry <reader> --all         those of all keys of that projection or reactor that this instance knows to be parked
  millrace skip <reader> <key> <offset> passes over the first event that waits, for good; then as retry

  --by <who>    who decides to retry or skip, and
  --why <text>  why: both are kept in the log
  --url <url>   where the app is (default http://127.0.0.1:3000)
  --help        this

An app that was started with MILLRACE_OPS_KEY wants the same in this command's environment: not as an argument, which others
on this machine can see. Without it, an app answers this command on its own machine only.

Progress goes to stderr, results to stdout. Ctrl-C leaves a rebuild to go on in the app, and ends a verify.
Exit status: 0 done; 1 it could not be done, or what serves differs from the log; 2 wrong arguments; 3 no answer from the app.
`

const ACTIONS = ['rebuild', 'verify', 'roll-back', 'remove-kept'] as const
export type Action = (typeof ACTIONS)[number]
const COMMANDS = ['read-models', ...ACTIONS, 'parked', 'retry', 'skip'] as const

export type Options =
  | { readonly command: 'help' }
  | { readonly command: 'read-models'; readonly url: string }
  | { readonly command: 'parked'; readonly url: string }
  | { readonly command: Action; readonly projection: string; readonly url: string }
  | ({ readonly command: 'retry'; readonly url: string } & Decision)
  | ({ readonly command: 'skip'; readonly url: string } & Decision)

/** What was asked for cannot be read: the message says what, and what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Throws `UsageError`. */
export function toOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args)
  const [name, ...operands] = positionals
  if (values.help || name === 'help') return { command: 'help' }
  if (name === undefined) throw new UsageError('name what to do; millrace --help lists it')
  const command = COMMANDS.find((each) => each === name)
  if (command === undefined) throw new UsageError(`there is no command '${name}' (known: ${COMMANDS.join(', ')})`)
  const url = toUrl(values.url)
  if (command === 'retry' || command === 'skip') return { command, url, ...toDecision(command, operands, values) }
  const given = (['by', 'why', 'all'] as const).find((each) => values[each] !== undefined)
  if (given !== undefined) throw new UsageError(`${command} takes no --${given}`)
  const [projection, ...others] = operands
  if (command === 'read-models' || command === 'parked') {
    if (projection !== undefined) throw new UsageError(`${command} takes no name, and got '${projection}'`)
    return { command, url }
  }
  if (projection === undefined) throw new UsageError(`${command}: name the projection; millrace read-models lists them`)
  refuse(others, `${command} takes one projection`)
  return { command, projection, url }
}

function toDecision(command: 'retry' | 'skip', operands: readonly string[], { by, why, all: isAll = false }: Values): Decision {
  const [reader, key, third, ...others] = operands
  if (reader === undefined) throw new UsageError(`${command}: name the projection or reactor; millrace parked lists them`)
  if (by === undefined || by.trim() === '') throw new UsageError(`${command}: say who decides, --by <who>; it is kept in the log`)
  if (why === undefined || why.trim() === '') throw new UsageError(`${command}: say why, --why <text>; it is kept in the log`)
  if (command === 'retry') {
    if ((key === undefined) !== isAll) throw new UsageError('retry: name one key, or --all; millrace parked lists them')
    refuse(third === undefined ? [] : [third, ...others], 'retry takes one key')
    return { reader, key, by, why }
  }
  if (isAll) throw new UsageError('skip takes no --all: what is skipped is never handled, so each event is named')
  if (key === undefined || third === undefined)
    throw new UsageError('skip: name the key, and the offset of its first event that waits; millrace parked lists both')
  if (!/^\d{1,16}$/.test(third)) throw new UsageError(`skip: expected an offset after the key, a whole number, got '${third}'`)
  refuse(others, 'skip takes one event')
  return { reader, key, offset: Number(third), by, why }
}

function refuse(others: readonly string[], takes: string): void {
  if (others.length > 0) throw new UsageError(`${takes}, and got also '${others.join("', '")}'`)
}

type Values = ReturnType<typeof parse>['values']

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        url: { type: 'string', default: 'http://127.0.0.1:3000' },
        help: { type: 'boolean', short: 'h', default: false },
        by: { type: 'string' },
        why: { type: 'string' },
        all: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** The first of several: that is how an app has them while one takes the other's place. Throws `UsageError`. */
export function toOpsKey(text = ''): string | undefined {
  const [key = ''] = text.split(',').map((each) => each.trim())
  if (/^[\x21-\x7e]*$/.test(key)) return key === '' ? undefined : key
  throw new UsageError('MILLRACE_OPS_KEY: expected a key of visible ASCII characters, as the app has it; what it is set to is not shown')
}

function toUrl(text: string): string {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new UsageError(`--url: expected an address such as http://127.0.0.1:3000, got '${text}'`)
  return url.href.replace(/\/$/, '')
}
