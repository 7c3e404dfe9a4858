import { MAX_ID_CHARACTERS } from '../shard/command-limits.ts'

/** No command of anybody else's may have an id that begins so. */
export const REACTION_MARK = '~'

/** Commands that one event may lead to, at most. */
export const MAX_REACTIONS = 1_000_000

/**
 * Which reaction a command is: the `index`th command that `reactor` sent for the event at `offset` of
 * `events[partition]`. `settled` is what its sender vouched for: the commands of all of this reactor's events of that
 * partition before it lay in the log before this one was sent.
 */
export interface ReactionId {
  readonly reactor: string
  readonly partition: number
  readonly offset: number
  readonly index: number
  readonly settled: number
}

/**
 * The id of a command that a reactor sends. Whoever sends it again, after a crash or beside a stalled former owner, names
 * the same event and index: so the shard that it is for knows it again, however long ago that was. See `Reactions`.
 */
export const toReactionId = ({ reactor, partition, offset, index, settled }: ReactionId): string =>
  `${REACTION_MARK}${reactor}~${partition}~${offset}.${index}~${settled}`

const PATTERN = /^~([^~]+)~(\d{1,5})~(\d{1,16})\.(\d{1,6})~(\d{1,16})$/

/** The reaction that `commandId` names, or undefined where it is somebody else's id. */
export function fromReactionId(commandId: string): ReactionId | undefined {
  if (!commandId.startsWith(REACTION_MARK) || commandId.length > MAX_ID_CHARACTERS) return undefined
  const [, reactor, partition, offset, index, settled] = PATTERN.exec(commandId) ?? []
  if (reactor === undefined) return undefined
  return { reactor, partition: Number(partition), offset: Number(offset), index: Number(index), settled: Number(settled) }
}
