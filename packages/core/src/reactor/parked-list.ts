import type { ParkedEvent } from '../app/running.ts'
import type { ParkedReaction } from './progress.ts'
import type { ReactorLoop } from './reactor-loop.ts'
import type { ReactorStatus } from './reactor-status.ts'
import type { Reactor } from './reactor.ts'

/** As an operator sees it. */
export const toParkedEvent = (
  { name, partition }: Pick<ReactorStatus, 'name' | 'partition'>,
  { key, offset, type, sinceMs, tries, reason, mayRepeat }: ParkedReaction,
): ParkedEvent => ({
  reader: name,
  kind: 'reactor',
  partition,
  key,
  offset,
  type,
  sinceMs,
  attempts: tries,
  reason,
  ...(mayRepeat === true && { mayRepeat }),
})

/** The partitions in which it is not known what waits of the reactors of an app: others own their shards, or they are being folded. */
export function unknownHere(reactors: readonly Reactor[], loops: Iterable<ReactorLoop>, partitions: number): readonly number[] {
  const known = new Map<number, number>()
  for (const { isLoaded, status } of loops) if (isLoaded) known.set(status.partition, (known.get(status.partition) ?? 0) + 1)
  return Array.from({ length: partitions }, (_, partition) => partition).filter((each) => (known.get(each) ?? 0) < reactors.length)
}
