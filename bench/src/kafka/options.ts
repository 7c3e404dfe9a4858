import { parseArgs } from 'node:util'

const known = {
  records: { type: 'string' },
  aggregates: { type: 'string' },
  peers: { type: 'string' },
  bootstrap: { type: 'string' },
} as const

export interface KafkaBenchOptions {
  readonly records?: number
  readonly aggregates?: number
  /** What a peer's name begins with, for one or more of them. */
  readonly peers?: readonly string[]
  readonly bootstrap?: string
}

/** Takes this script's own options out of `process.argv`, and leaves those that all scripts share to `bench`. */
export function takeOptions(): KafkaBenchOptions {
  const { values, tokens } = parseArgs({ options: known, strict: false, tokens: true })
  const ours = tokens.filter((token) => token.kind === 'option').filter(({ name }) => Object.hasOwn(known, name))
  const taken = ours.flatMap(({ index, inlineValue }) => (inlineValue === true ? [index] : [index, index + 1]))
  process.argv = process.argv.filter((_, at) => !taken.includes(at - 2))
  const text = (name: keyof typeof known): string | undefined => {
    const value = values[name]
    if (typeof value === 'boolean') throw new TypeError(`--${name}: expected a value, got nothing`)
    return value
  }
  const number = (name: 'records' | 'aggregates'): number | undefined => {
    const value = text(name)
    if (value === undefined) return undefined
    if (!/^[1-9]\d{0,8}$/.test(value)) throw new TypeError(`--${name}: expected a whole number from 1, got '${value}'`)
    return Number(value)
  }
  const given = {
    records: number('records'),
    aggregates: number('aggregates'),
    peers: text('peers')?.split(','),
    bootstrap: text('bootstrap'),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
