/** All settings, from the environment: checked at start, all at once. */
import { logVariables, onOrOff, readVariables, toLogSettings, variablesHelp, type LogSettings, type Variable } from 'app-kit/settings'

/** A provider of our own that only plays, or the URL of one that runs already. */
export type PaymentsTarget = { readonly kind: 'fake'; readonly port: number } | { readonly kind: 'url'; readonly url: string }

export interface Settings extends LogSettings {
  readonly payments: PaymentsTarget
  /** Undefined: everybody is staff. */
  readonly staffKey: string | undefined
  /** Whether the demo catalogue is there. */
  readonly isDemo: boolean
}

const directory = './data'
const variables = {
  ...logVariables({ port: 3_100, directory }),
  STORE_PAYMENTS: {
    default: 'fake:3101',
    about: 'who takes the money: fake:<port> opens a provider that only plays, with a page of its own; or the URL of one that runs',
    expected: "'fake:<port>' or an http:// URL",
    read(text) {
      const port = /^fake:(\d{1,5})$/.exec(text)?.[1]
      if (port !== undefined && Number(port) <= 65_535) return { value: { kind: 'fake', port: Number(port) } }
      return URL.canParse(text) && /^https?:/.test(text) ? { value: { kind: 'url', url: text } } : undefined
    },
  } satisfies Variable<PaymentsTarget>,
  STORE_STAFF_KEY: {
    default: '',
    unset: undefined,
    about: 'what staff sign in with (default: none, and everybody may use the staff’s pages)',
    expected: '12 to 200 characters',
    read: (text) => (text.length >= 12 && text.length <= 200 ? { value: text } : undefined),
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
