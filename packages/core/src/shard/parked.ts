import type { NewRecord } from '../ports/log.ts'
import { MAX_ID_CHARACTERS, MAX_KEY_CHARACTERS, MAX_TYPE_CHARACTERS } from './command-limits.ts'
import type { Unfit } from './foreign-command.ts'

const MAX_REASON_CHARACTERS = 4_000

/** The `data` of a `parked` record. */
export interface ParkedData {
  readonly reason: string
  /** The command's own, where it has one that a command may have. Absent in records of earlier versions. */
  readonly id?: string
}

/**
 * The record of what is passed over. It is small whatever the command is: with it, the position consumed goes on. Of the
 * command's own id nothing is remembered: sent again as it should be, it is decided.
 */
export function toParked({ command, reason }: Unfit, partition: number, nowMs: number): NewRecord {
  const { offset } = command
  const [id, type, key] = 'unreadable' in command ? ['', '', ''] : [command.id, command.type, command.key]
  const isNamed = id !== '' && id.length <= MAX_ID_CHARACTERS && id.isWellFormed()
  const data: ParkedData = { reason: reason.slice(0, MAX_REASON_CHARACTERS).toWellFormed(), ...(isNamed && { id }) }
  return {
    kind: 'parked',
    type: type.slice(0, MAX_TYPE_CHARACTERS).toWellFormed(),
    key: key.slice(0, MAX_KEY_CHARACTERS).toWellFormed(),
    timeMs: nowMs,
    data: JSON.stringify(data),
    commandId: `parked.${partition}.${offset}`,
    index: 0,
    commandOffset: offset,
    fingerprint: 0,
  }
}
