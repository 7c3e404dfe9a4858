/** What waits for an operator, for people to read. */
import type { Parked, ParkedKey } from './operations.ts'
import { count } from './progress-bar.ts'
import { toTable } from './table.ts'

const KEY_COLUMNS = ['key', '>offset', 'event', '>partition', 'since', '>waiting', '>tried', 'reason']
const COMMAND_COLUMNS = ['command', 'key', '>partition', '>offset', 'passed over', 'reason']

export function showParked({ commands, events, unknown }: Parked): string {
  const readers = Map.groupBy(events, readerOf)
  const parts = [...readers].sort(([one], [other]) => (one < other ? -1 : 1)).map(([reader, keys]) => `${reader}\n${keysTable(keys)}`)
  if (commands.length > 0) parts.push(`commands that were passed over, the latest ${count(commands.length)}\n${commandsTable(commands)}`)
  if (parts.length === 0) parts.push(unknown.length === 0 ? 'nothing is parked\n' : 'nothing is parked, as far as this instance knows\n')
  if (unknown.length > 0) parts.push(elsewhere(unknown))
  return parts.join('\n')
}

const elsewhere = (partitions: readonly number[]): string =>
  `what waits of reactors in ${partitions.length === 1 ? 'partition' : 'partitions'} ${partitions.join(', ')} is not known here: ask the other instances (--url)\n`

const readerOf = ({ kind, reader, version }: ParkedKey): string => `${kind} ${reader}${version === undefined ? '' : `, version ${version}`}`

const keysTable = (keys: readonly ParkedKey[]): string =>
  toTable(
    KEY_COLUMNS,
    keys
      .toSorted((one, other) => one.sinceMs - other.sinceMs)
      .map(({ key, offset, type, partition, sinceMs, waiting, attempts, reason, mayRepeat }) => [
        key,
        String(offset),
        type,
        String(partition),
        instant(sinceMs),
        waiting === undefined ? '?' : count(waiting),
        count(attempts),
        mayRepeat === true ? `${reason} (may have been done: a retry may do it twice)` : reason,
      ]),
  )

const commandsTable = (commands: Parked['commands']): string =>
  toTable(
    COMMAND_COLUMNS,
    commands.map(({ type = '?', key = '?', partition, offset, timeMs, reason }) => [
      type,
      key,
      String(partition),
      String(offset),
      instant(timeMs),
      reason,
    ]),
  )

/** As in `2030-05-01T19:30:00Z`. */
const instant = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
