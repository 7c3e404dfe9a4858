import { MAX_ID_CHARACTERS } from '../shard/command-limits.ts'
import type { Range } from './ranges.ts'

/** No command of anybody else's may have an id that begins so. */
export const REACTION_MARK = '~'

/** Commands that one event may lead to, at most. */
export const MAX_REACTIONS = 1_000_000
/** Ranges that an id may name, at most. */
export const MAX_OPEN = 3
/** How many offsets lie in them, at most: shards remember all of a reactor's commands that follow from events there. */
export const MAX_OPEN_OFFSETS = 200_000

/**
 * Which reaction a command is: the `index`th command that `reactor` sent for the event at `offset` of `events[partition]`;
 * and what its sender vouched for: the commands of all of this reactor's events of that partition before `settled`, but for
 * those within `open`, lay in the log before this one was sent, or never will.
 */
export interface ReactionId {
  readonly reactor: string
  readonly partition: number
  readonly offset: number
  readonly index: number
  readonly settled: number
  /** In order. Usually none: see `ParkedReaction.openBefore`. */
  readonly open: readonly Range[]
}

/**
 * The id of a command that a reactor sends. Whoever sends it again, after a crash or beside a stalled former owner, names
 * the same event and index: so the shard that it is for knows it again, however long ago that was. See `Reactions`.
 */
export const toReactionId = ({ reactor, partition, offset, index, settled, open }: ReactionId): string =>
  `${REACTION_MARK}${reactor}~${partition}~${offset}.${index}~${settled}${open.map(([from, before]) => `~${from}+${before - from}`).join('')}`

const PATTERN = /^~([^~]+)~(\d{1,5})~(\d{1,16})\.(\d{1,6})~(\d{1,16})((?:~\d{1,16}\+\d{1,6}){0,3})$/

/** The reaction that `commandId` names, or undefined where it is somebody else's id. */
export function fromReactionId(commandId: string): ReactionId | undefined {
  if (!commandId.startsWith(REACTION_MARK) || commandId.length > MAX_ID_CHARACTERS) return undefined
  const [, reactor, partition, offset, index, settled, open] = PATTERN.exec(commandId) ?? []
  if (reactor === undefined) return undefined
  return {
    reactor,
    partition: Number(partition),
    offset: Number(offset),
    index: Number(index),
    settled: Number(settled),
    open: open === undefined || open === '' ? NOTHING : open.slice(1).split('~').map(toRange),
  }
}

const NOTHING: readonly Range[] = []

function toRange(text: string): Range {
  const [from, size] = text.split('+').map(Number) as [number, number]
  return [from, from + size]
}
