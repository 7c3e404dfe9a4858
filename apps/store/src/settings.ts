/** All settings, from the environment: checked at start, all at once. */
import { isOperatorKey } from '@millrace/http'
import { paymentsVariable, type PaymentsTarget } from 'app-kit/payments'
import { logVariables, onOrOff, readVariables, toLogSettings, variablesHelp, type LogSettings, type Variable } from 'app-kit/settings'

export interface Settings extends LogSettings {
  readonly payments: PaymentsTarget
  /** Undefined: everybody is staff. */
  readonly staffKey: string | undefined
  /** Whether the demo catalogue is there. */
  readonly isDemo: boolean
}

const directory = './data'
const variables = {
  ...logVariables({ port: 3_100, directory, hasTables: true }),
  STORE_PAYMENTS: paymentsVariable(3_101),
  STORE_STAFF_KEY: {
    default: '',
    unset: undefined,
    isSecret: true,
    about:
      'what staff sign in with, and operate with unless MILLRACE_OPS_KEY is set (default: none, and everybody may use the staff’s pages)',
    expected: '16 to 200 visible ASCII characters without commas',
    read: (text) => (isOperatorKey(text) ? { value: text } : undefined),
  } as Variable<string | undefined>,
  STORE_DEMO: { default: 'on', about: 'a catalogue to begin with', ...onOrOff },
}

/** The settings, and what looks like a mistake but need not be one. Throws `SettingsError`. `adapters`: variables that are read elsewhere. */
export function toSettings(
  env: Readonly<Record<string, string | undefined>>,
  adapters: readonly string[] = [],
): { readonly settings: Settings; readonly warnings: readonly string[] } {
  const { values, warnings } = readVariables(variables, env, adapters)
  const settings = {
    ...toLogSettings(values, directory),
    payments: values.STORE_PAYMENTS,
    staffKey: values.STORE_STAFF_KEY,
    isDemo: values.STORE_DEMO,
  }
  return { settings, warnings }
}

export const settingsHelp = (adapters?: Parameters<typeof variablesHelp>[1]): string => variablesHelp(variables, adapters)
