export { logVariables, toLogSettings, type LogSettings, type LogTarget, type StoreTarget } from './log-settings.ts'
export {
  onOrOff,
  readVariables,
  SettingsError,
  variablesHelp,
  wholeNumber,
  type ValuesOf,
  type Variable,
  type Variables,
} from './variables.ts'
