/** The records of one partition of events as decisions, and what can be said of them without knowing what was asked. */
import type { Say } from './findings.ts'
import type { LoggedCommand, LogRecord } from './log-record.ts'

/** What one command, or one due timer, left. */
export interface Decision {
  readonly partition: number
  readonly commandId: string
  /** -1 for a timer's. */
  readonly commandOffset: number
  readonly records: readonly LogRecord[]
  /** The latest recorded time before it. */
  readonly clockMs: number
}

interface Epoch {
  readonly epoch: number
  readonly renewed?: boolean
}

/** All that counts: a batch that is not the last marker's owner's is told, and left out. */
export function toDecisions(records: readonly LogRecord[], say: Say): readonly Decision[] {
  const decisions: Decision[] = []
  let owner = -1
  let epoch = -1
  let isOwners = false
  let clockMs = 0
  let open: LogRecord[] = []
  for (const record of records) {
    const { partition, offset, kind, commandId, index, commandOffset, timeMs } = record
    const where = `events[${partition}] at ${offset}`
    if (kind === 'owned') {
      const said = record.data as Epoch
      if (said.epoch < epoch || (said.epoch === epoch && said.renewed !== true))
        say('owner', `${where}: epoch ${said.epoch} after ${epoch}`)
      epoch = said.epoch
      owner = offset
      isOwners = false
      clockMs = Math.max(clockMs, timeMs)
      open = []
      continue
    }
    if (record.owner !== undefined) {
      isOwners = record.owner === owner
      if (!isOwners) say('owner', `${where}: a batch of the owner of ${record.owner}, after the marker at ${owner}`)
      if (index !== 0) say('A6', `${where}: a batch begins with record ${index} of command ${commandId}`)
    } else if (owner === offset - 1 || owner < 0) say('owner', `${where}: a batch without an owner`)
    if (!isOwners) continue
    if (kind === 'reacted') continue // how far a reactor has come is no decision
    if (commandId === '') say('A4', `${where}: ${kind} ${record.type} is no command's`)
    if (timeMs < clockMs) say('A7', `${where}: recorded time goes back from ${clockMs} to ${timeMs}`)
    if (index === 0) {
      open = [record]
      decisions.push({ partition, commandId, commandOffset, records: open, clockMs })
    } else if (open[0]?.commandId === commandId && open.length === index && open[0].commandOffset === commandOffset) open.push(record)
    else say('A6', `${where}: record ${index} of command ${commandId} does not follow its record ${index - 1}`)
    clockMs = Math.max(clockMs, timeMs)
  }
  for (const { records: mine } of decisions) checkShape(mine, say)
  return decisions
}

const ALONE: ReadonlySet<string> = new Set(['rejected', 'failed', 'accepted', 'repeated', 'parked'])

function checkShape(records: readonly LogRecord[], say: Say): void {
  const alone = records.find(({ kind }) => ALONE.has(kind))
  if (alone === undefined || records.length === 1) return
  say(
    'A2',
    `command ${alone.commandId} was ${alone.kind}, and left ${records.length} records (events[${alone.partition}] at ${alone.offset})`,
  )
}

/**
 * Holds the decisions of one partition to its commands, oldest first. `isAtRest`: all must have been decided.
 */
export function checkOrder(decisions: readonly Decision[], commands: readonly LoggedCommand[], say: Say): void {
  let next = 0
  for (const { partition, commandId, commandOffset, records } of decisions) {
    if (commandOffset < 0) continue
    const where = `events[${partition}] at ${records[0]?.offset ?? -1}`
    if (commandOffset !== next) say('A5', `${where}: command ${commandOffset} was decided when ${next} was next`)
    next = Math.max(next, commandOffset + 1)
    const asked = commands[commandOffset]
    if (asked === undefined) say('A4', `${where}: there is no command ${commandOffset}`)
    else if (asked.id !== commandId) say('A4', `${where}: an answer to ${commandId}, but command ${commandOffset} is ${asked.id}`)
    else if (records.some(({ key }) => key !== asked.key))
      say('A4', `${where}: command ${commandId} is for ${asked.key}, its answer is not`)
  }
  const [first] = commands
  if (next < commands.length)
    say('A5', `commands[${first?.partition ?? -1}]: ${commands.length - next} of ${commands.length} were not decided`)
}

/** The one answer to each command id. Repeats must point to it. */
export function toAnswers(decisions: Iterable<Decision>, say: Say): ReadonlyMap<string, Decision> {
  const answers = new Map<string, Decision>()
  for (const decision of decisions) {
    const { commandId, partition, records } = decision
    const [first] = records
    const where = `events[${partition}] at ${first?.offset ?? -1}`
    const before = answers.get(commandId)
    if (first?.kind === 'repeated') {
      const { offset } = first.data as { readonly offset: number }
      if (before?.records[0]?.offset !== offset || before.partition !== partition)
        say('A1', `${where}: a repeat of ${commandId}, whose first answer is said to be at ${offset} and is not`)
    } else if (before === undefined) answers.set(commandId, decision)
    else say('A1', `${where}: command ${commandId} has a second answer; the first is at ${before.records[0]?.offset ?? -1}`)
  }
  return answers
}
