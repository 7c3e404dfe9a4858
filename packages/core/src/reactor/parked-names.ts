import type { ParkedReaction } from './progress.ts'

/**
 * In whose name the commands of an event of a parked key are sent: what a shard has got in a name, it does not take again.
 * Usually nothing has been sent of what is parked, nor will be in its own name, for that is vouched for; so the commands bear
 * the name of the retry. Where an owner that died may have sent some, they bear the name that they had then.
 */
export interface Name {
  readonly offset: number
  readonly index: number
}

type What = Pick<ParkedReaction, 'offset' | 'openBefore' | 'sentAs'>

const isOwn = ({ openBefore, sentAs }: What, offset: number): boolean =>
  sentAs === undefined && openBefore !== undefined && offset < openBefore

/** Of the first that waits, where `free` is the first name of the retry that is left. */
export const nameOf = (waiting: What, free: Name): Name =>
  isOwn(waiting, waiting.offset) ? { offset: waiting.offset, index: 0 } : (waiting.sentAs ?? free)

/** What waits once those before it have been handled: to be in the log before anything of it is sent. */
export const whatIsNext = (
  before: ParkedReaction,
  { offset, type }: { readonly offset: number; readonly type: string },
  free: Name,
): ParkedReaction => {
  const { openBefore, sentAs: _, ...parked } = before
  const reason = 'those before it have been handled, and it waits for its turn'
  const waits = { ...parked, offset, type, reason, tries: 0, begunBy: free.offset }
  return isOwn(before, offset) ? { ...waits, openBefore: openBefore! } : { ...waits, sentAs: free }
}

/** Of an event that an owner from `marker` on could not handle: whether one before it may have sent it, in the same name. */
export const openAfter = (event: { readonly offset: number }, marker: number): Pick<ParkedReaction, 'openBefore'> =>
  event.offset < marker ? { openBefore: marker } : {}

/** Of an event that could not be handled when a retry had it tried, in the name `tried`. */
export function openAfterRetry(
  { openBefore, sentAs, mayRepeat }: ParkedReaction,
  tried: Name,
  retry: Name['offset'],
  marker: number,
): Pick<ParkedReaction, 'openBefore' | 'sentAs' | 'mayRepeat'> {
  const before = mayRepeat === true ? { mayRepeat } : {}
  if (tried.offset === retry) return retry < marker ? { ...before, openBefore: marker, sentAs: tried } : before
  return { ...before, ...(openBefore !== undefined && { openBefore }), ...(sentAs !== undefined && { sentAs }) }
}
