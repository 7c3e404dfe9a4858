import type { Clock } from '../../ports/clock.ts'
import type { DocumentReader } from '../../ports/read-store.ts'
import { Comparison, type Compared } from './comparison.ts'
import { firstDifference } from './first-difference.ts'

/** Where looking begins, so that the sample is of all sorts of keys, and how many documents are taken from there. */
const STARTS = ['', ...Array.from('123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')]
const PER_START = 32
/** Two read models are never at the same place while events come: what differs is looked at again, so often. */
const LOOKS = 5
const LOOK_EVERY_MS = 100

/** Compares a sample of the documents of two read models, both live. What differs at every look, differs. */
export async function compareSample(served: DocumentReader, next: DocumentReader, clock: Clock): Promise<Compared> {
  const keys = new Set<string>()
  for (const after of STARTS) {
    for (const model of [served, next]) for (const { key } of await model.list({ prefix: '', after, limit: PER_START })) keys.add(key)
  }
  const comparison = new Comparison()
  let left = [...keys].sort()
  for (let look = 1; look <= LOOKS && left.length > 0; look++) {
    if (look > 1) await new Promise<void>((resolve) => void clock.after(LOOK_EVERY_MS, resolve))
    const differing: string[] = []
    for (const key of left) {
      const [one, other] = [await served.get(key), await next.get(key)] as const
      if (look < LOOKS && firstDifference(one, other) !== undefined) differing.push(key)
      else comparison.add(key, one, other)
    }
    left = differing
  }
  return comparison
}
