import type { Batch } from '../../ports/log.ts'

const parsed = new WeakMap<Batch, unknown[]>()

/** The data of the events of a batch, parsed once however many projections read it. It is shared: nobody may change it. */
export function eventData(batch: Batch): (at: number) => unknown {
  const known = parsed.get(batch) ?? []
  parsed.set(batch, known)
  return (at) => (known[at] ??= JSON.parse(batch.records[at]!.data) as unknown)
}
