/** All settings, from the environment: checked at start, all at once. */
import { paymentsVariable, type PaymentsTarget } from 'app-kit/payments'
import { logVariables, onOrOff, readVariables, toLogSettings, variablesHelp, wholeNumber, type LogSettings } from 'app-kit/settings'

export interface Settings extends LogSettings {
  readonly payments: PaymentsTarget
  readonly holdMs: number
  /** Whether the demo shows and `/demo/*` are there. */
  readonly isDemo: boolean
}

const directory = './data'
const variables = {
  ...logVariables({ port: 3_000, directory }),
  TICKETS_PAYMENTS: paymentsVariable(3_010),
  HOLD_SECONDS: { default: '600', about: 'how long the demo shows hold seats for a buyer', ...wholeNumber(1, 86_400) },
  TICKETS_DEMO: {
    default: 'on',
    about: 'two demo shows, the crowd, and reading the log over HTTP (npm run load needs it)',
    ...onOrOff,
  },
}

/** The settings, and what looks like a mistake but need not be one. Throws `SettingsError`. `adapters`: variables that are read elsewhere. */
export function toSettings(
  env: Readonly<Record<string, string | undefined>>,
  adapters: readonly string[] = [],
): { readonly settings: Settings; readonly warnings: readonly string[] } {
  const { values, warnings } = readVariables(variables, env, adapters)
  const settings = {
    ...toLogSettings(values, directory),
    payments: values.TICKETS_PAYMENTS,
    holdMs: values.HOLD_SECONDS * 1_000,
    isDemo: values.TICKETS_DEMO,
  }
  return { settings, warnings }
}

export const settingsHelp = (adapters?: Parameters<typeof variablesHelp>[1]): string => variablesHelp(variables, adapters)
