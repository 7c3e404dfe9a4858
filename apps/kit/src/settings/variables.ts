/** Settings from the environment: checked at start, all at once, with messages that name the variable. */

/** Tells what is wrong with every variable that is. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

export interface Variable<T> {
  readonly default: string
  readonly expected: string
  readonly about: string
  /** Messages do not show what it is set to. */
  readonly isSecret?: true
  /** What it is where it is not set; otherwise the default is read. */
  readonly unset?: T
  /** Undefined where the text is not what is expected; a problem says why in words of its own. */
  readonly read: (text: string) => { readonly value: T } | { readonly problem: string } | undefined
}

export type Variables = Readonly<Record<string, Variable<unknown>>>
export type ValuesOf<V extends Variables> = { readonly [Name in keyof V]: V[Name] extends Variable<infer T> ? T : never }

export const wholeNumber = (least: number, most: number): Pick<Variable<number>, 'expected' | 'read'> => ({
  expected: `a whole number from ${least} to ${most}`,
  read: (text) => (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most ? { value: Number(text) } : undefined),
})

export const onOrOff: Pick<Variable<boolean>, 'expected' | 'read'> = {
  expected: "'on' or 'off'",
  read: (text) => (text === 'on' || text === 'off' ? { value: text === 'on' } : undefined),
}

/** As messages may show it. */
const withoutPassword = (text: string): string => text.replace(/(:\/\/[^:@/]*:)[^@]*@/, '$1…@')

/**
 * The value of each variable, and what looks like a mistake but need not be one. Throws `SettingsError`. `adapters`: variables
 * that are read elsewhere.
 */
export function readVariables<V extends Variables>(
  variables: V,
  env: Readonly<Record<string, string | undefined>>,
  adapters: readonly string[] = [],
): { readonly values: ValuesOf<V>; readonly warnings: readonly string[] } {
  const problems: string[] = []
  const read = (name: string, variable: Variable<unknown>): unknown => {
    // An empty value is what shells and compose files leave of a variable that is not set.
    const set = env[name]?.trim() ?? ''
    if (set === '' && Object.hasOwn(variable, 'unset')) return variable.unset
    const text = set === '' ? variable.default : set
    const found = variable.read(text)
    if (found !== undefined && 'value' in found) return found.value
    const example = variable.default === '' ? '' : `, such as '${variable.default}'`
    const got = variable.isSecret === true ? 'it is set, to what is not shown' : `got '${withoutPassword(text).slice(0, 200)}'`
    problems.push(`${name}: ${got}; ${found?.problem ?? `expected ${variable.expected}${example}`}`)
    return undefined
  }
  const values = Object.fromEntries(Object.entries(variables).map(([name, variable]) => [name, read(name, variable)]))
  if (problems.length > 0) throw new SettingsError(problems)
  const known = [...Object.keys(variables), ...adapters]
  const warnings = Object.keys(env)
    .filter((name) => name.startsWith('MILLRACE_') && !known.includes(name))
    .map(
      (name) => `${name} is set, but there is no such setting (known: ${known.filter((each) => each.startsWith('MILLRACE_')).join(', ')})`,
    )
  return { values: values as ValuesOf<V>, warnings }
}

/** A line for each variable: its name, default and meaning. */
export const variablesHelp = (
  variables: Variables,
  adapters: readonly { readonly name: string; readonly default: string; readonly about: string }[] = [],
): string =>
  [...Object.entries(variables).map(([name, variable]) => ({ ...variable, name })), ...adapters]
    .map(({ name, default: value, about }) => `  ${name.padEnd(23)} ${value.padEnd(14)} ${about}`)
    .join('\n')
