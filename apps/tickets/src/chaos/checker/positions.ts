/** A position as text, `3-1042.7-99`: partitions, each with the next offset. Read here anew, on purpose. */
export type Position = ReadonlyMap<number, number>

export const fromPosition = (text: string): Position =>
  new Map(text === '' ? [] : text.split('.').map((part) => part.split('-').map(Number) as [number, number]))

/** Where `position` is behind `wanted`, in words; undefined where it is not. */
export function behind(position: Position, wanted: Position): string | undefined {
  for (const [partition, next] of wanted) {
    const have = position.get(partition) ?? 0
    if (have < next) return `partition ${partition} is at ${have}, not at ${next}`
  }
  return undefined
}

export function further(one: Position, other: Position): Position {
  const furthest = new Map(one)
  for (const [partition, next] of other) furthest.set(partition, Math.max(next, furthest.get(partition) ?? 0))
  return furthest
}
