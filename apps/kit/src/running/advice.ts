import { MillraceError } from '@millrace/core'
import { SettingsError, type LogSettings } from '../settings/index.ts'
import { whereIs } from './where-is.ts'

/** Why an app could not be opened, and what to do about it. */
export function toAdvice(
  error: unknown,
  { port, log }: LogSettings,
  { name, script }: { readonly name: string; readonly script: string },
): string {
  const { code } = error as { readonly code?: unknown }
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof SettingsError) return message
  if (code === 'EADDRINUSE' || message.includes('EADDRINUSE')) {
    return `Port ${port} is in use. Stop what listens there, or choose another one:\n\n  PORT=${port + 1} ${script}\n`
  }
  if (code === 'EACCES' && port > 0 && port < 1_024)
    return `Port ${port} needs more rights than this process has. Choose one from 1024, such as PORT=3000.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST: this machine has no such address (${message}). Use 127.0.0.1, or 0.0.0.0 for all.`
  if (log.kind === 'sqlite' && code === 'LOG_HELD') {
    const beside = `MILLRACE_ROLE=read PORT=${port === 0 ? 0 : port + 1} ${script}`
    return `Cannot open the log: ${message}.\n\n  MILLRACE_LOG=sqlite:./other-data ${script}\n\nOr answer queries beside it, in a process that only reads:\n\n  ${beside}\n`
  }
  if (message.startsWith('partitions:')) return `MILLRACE_${message.replace('partitions', 'PARTITIONS')}`
  if (log.kind === 'kafka' && code === 'LOG_UNAVAILABLE')
    return `${message}\n\nMILLRACE_LOG names the brokers. For one on this machine: npm run kafka`
  if (error instanceof MillraceError && error.code.startsWith('STORE_')) return `${message} (${error.code})`
  if (log.kind === 'kafka' && error instanceof MillraceError) return `${message} (${error.code})`
  if (error instanceof MillraceError && error.code.startsWith('LOG_')) return `MILLRACE_LOG: ${message} (${error.code})`
  if (error instanceof MillraceError) return `${message} (${error.code}, log: ${whereIs(log, name)})`
  return error instanceof Error ? (error.stack ?? message) : message
}
