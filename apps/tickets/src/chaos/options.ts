import { parseArgs } from 'node:util'

export interface ChaosOptions {
  readonly minutes: number
  readonly seed: number
  readonly clients: number
  /** Where the records of the run go, to be kept; undefined: a temporary directory, kept where a promise was broken. */
  readonly out: string | undefined
}

export const HELP = `Three brokers, three processes of the ticket shop, and all that can befall them; then a verdict from the topics.

  npm run chaos -- [options]

  --minutes N     how long, healing at the end included       (3)
  --seed N        chooses faults and moods; printed           (a random one)
  --clients N     simulated customers                         (60)
  --out DIR       keep the records of the run there           (a temporary directory, kept where a promise was broken)
  --help          this text

Ctrl-C ends the faults; the verdict comes all the same. Needs Java 17 or newer, and Maven for the first time.

Exit status: 0 what was promised held, 1 it did not, 2 the run could not be made.
`

export class OptionsError extends Error {
  override readonly name = 'OptionsError'
}

/** Undefined where help is asked for. Throws `OptionsError`. `randomSeed`: where none is given. */
export function toOptions(args: readonly string[], randomSeed: number): ChaosOptions | undefined {
  let values
  try {
    values = parseArgs({
      args: [...args],
      options: {
        minutes: { type: 'string', default: '3' },
        seed: { type: 'string', default: String(randomSeed) },
        clients: { type: 'string', default: '60' },
        out: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    throw new OptionsError((error as Error).message)
  }
  if (values.help) return undefined
  const number = (name: 'minutes' | 'seed' | 'clients', least: number, most: number, isWhole: boolean): number => {
    const value = Number(values[name])
    if (values[name].trim() === '' || !(value >= least && value <= most) || (isWhole && !Number.isInteger(value)))
      throw new OptionsError(`--${name}: got '${values[name]}', expected a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`)
    return value
  }
  return {
    minutes: number('minutes', 0.5, 1_440, false),
    seed: number('seed', 0, 0xffffffff, true),
    clients: number('clients', 1, 1_000, true),
    out: values.out,
  }
}
