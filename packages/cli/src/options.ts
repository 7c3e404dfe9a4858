import { parseArgs } from 'node:util'

export const HELP = `millrace: operates the read models of a running app

  millrace read-models                  every build: its role, how far it is behind, its pace
  millrace rebuild <projection>         builds it anew from the log, beside the one that serves, and switches to it
  millrace verify <projection>          compares what serves with the log
  millrace roll-back <projection>       lets the kept build serve again; gives up one that is being built
  millrace remove-kept <projection>     removes the kept build

  --url <url>   where the app is (default http://127.0.0.1:3000)
  --help        this

Progress goes to stderr, results to stdout. Ctrl-C leaves a rebuild to go on in the app, and ends a verify.
Exit status: 0 done; 1 it could not be done, or what serves differs from the log; 2 wrong arguments; 3 no answer from the app.
`

const ACTIONS = ['rebuild', 'verify', 'roll-back', 'remove-kept'] as const
export type Action = (typeof ACTIONS)[number]

export type Options =
  | { readonly command: 'help' }
  | { readonly command: 'read-models'; readonly url: string }
  | { readonly command: Action; readonly projection: string; readonly url: string }

/** What was asked for cannot be read: the message says what, and what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Throws `UsageError`. */
export function toOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args)
  const [command, projection, ...others] = positionals
  if (values.help || command === 'help') return { command: 'help' }
  if (command === undefined) throw new UsageError('name what to do; millrace --help lists it')
  const url = toUrl(values.url)
  if (command === 'read-models') {
    if (projection !== undefined) throw new UsageError(`read-models takes no projection, and got '${projection}'`)
    return { command, url }
  }
  const action = ACTIONS.find((each) => each === command)
  if (action === undefined) throw new UsageError(`there is no command '${command}' (known: read-models, ${ACTIONS.join(', ')})`)
  if (projection === undefined) throw new UsageError(`${action}: name the projection; millrace read-models lists them`)
  if (others.length > 0) throw new UsageError(`${action} takes one projection, and got also '${others.join("', '")}'`)
  return { command: action, projection, url }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { url: { type: 'string', default: 'http://127.0.0.1:3000' }, help: { type: 'boolean', short: 'h', default: false } },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function toUrl(text: string): string {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new UsageError(`--url: expected an address such as http://127.0.0.1:3000, got '${text}'`)
  return url.href.replace(/\/$/, '')
}
