/** Who is given which partitions: worked out by one member of the group for all. */

export interface Member {
  readonly id: string
  /** Partitions it holds, as it says itself. */
  readonly owned: readonly number[]
}

/**
 * As even as can be, and what a member holds it keeps, as far as that goes: a restart moves little. Of two that say they
 * hold the same partition the first by id counts. The same members always get the same answer.
 */
export function assign(members: readonly Member[], partitions: number): ReadonlyMap<string, readonly number[]> {
  const sorted = [...members].sort((one, other) => (one.id < other.id ? -1 : 1))
  const given = new Map<string, number[]>(sorted.map(({ id }) => [id, []]))
  if (sorted.length === 0) return given
  const least = Math.floor(partitions / sorted.length)
  let withOneMore = partitions % sorted.length
  const free = new Set(Array.from({ length: partitions }, (_, partition) => partition))
  // Those who hold most may keep the one more, so that as few partitions as possible move.
  const byHolding = [...sorted].sort((one, other) => other.owned.length - one.owned.length)
  for (const { id, owned } of byHolding) {
    const mine = given.get(id)!
    for (const partition of [...new Set(owned)].sort((one, other) => one - other)) {
      if (!free.has(partition)) continue
      if (mine.length === least && withOneMore > 0) withOneMore--
      else if (mine.length >= least) break
      free.delete(partition)
      mine.push(partition)
    }
  }
  const left = [...free].sort((one, other) => one - other)
  const shortest = (): number[] => [...given.values()].reduce((least, each) => (each.length < least.length ? each : least))
  for (const partition of left) shortest().push(partition)
  for (const mine of given.values()) mine.sort((one, other) => one - other)
  return given
}
