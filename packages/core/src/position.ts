/**
 * How far something has come in `events`: for each partition the next offset to read; a missing one is 0.
 * As text (`toText`) it is compact, opaque to clients, and fits a URL: `3-1042.7-99`.
 */
export type Position = ReadonlyMap<number, number>

/** Of a thousand partitions and more. */
const MAX_CHARACTERS = 16_384

export const START: Position = new Map()

export const positionAfter = (partition: number, offset: number): Position => new Map([[partition, offset + 1]])

/** True where `position` has reached all of `target`. */
export function isReached(position: Position, target: Position): boolean {
  for (const [partition, next] of target) if ((position.get(partition) ?? 0) < next) return false
  return true
}

/** Where `one` is, seen from `other`: `'apart'` where each is further than the other in some partition. */
export function comparePositions(one: Position, other: Position): 'equal' | 'before' | 'after' | 'apart' {
  const [hasReached, isPassed] = [isReached(one, other), isReached(other, one)]
  if (hasReached) return isPassed ? 'equal' : 'after'
  return isPassed ? 'before' : 'apart'
}

/** The furthest of both, partition by partition. */
export function furthest(one: Position, other: Position): Position {
  const merged = new Map(one)
  for (const [partition, next] of other) if ((merged.get(partition) ?? 0) < next) merged.set(partition, next)
  return merged
}

export const toText = (position: Position): string =>
  [...position]
    .filter(([, next]) => next > 0)
    .sort(([one], [other]) => one - other)
    .map(([partition, next]) => `${partition}-${next}`)
    .join('.')

/** The position that `text` says, or undefined where it says none. */
export function fromText(text: string): Position | undefined {
  if (text === '') return START
  if (text.length > MAX_CHARACTERS || !/^\d{1,5}-\d{1,16}(\.\d{1,5}-\d{1,16})*$/.test(text)) return undefined
  const position = new Map<number, number>()
  for (const part of text.split('.')) {
    const [partition, next] = part.split('-').map(Number) as [number, number]
    if (!Number.isSafeInteger(next)) return undefined
    position.set(partition, next)
  }
  return position
}
