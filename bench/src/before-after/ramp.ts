import type { Rates, Shop, Step } from './step.ts'

/** A shop that takes longer than this for one read in a hundred has broken: no visitor waits for it. */
export const BROKEN_MS = 1_000

export interface Ramp {
  readonly name: string
  /** Rising. */
  readonly steps: readonly Rates[]
  readonly has: (step: Step) => boolean
}

/** What one shop did at one step of a ramp, a round after another; fewer than there were rounds where it had broken before. */
export interface Measurement {
  readonly shop: string
  readonly ramp: string
  readonly at: number
  readonly rounds: Step[]
}

/**
 * Climbs a ramp once, the shops in turn at each step, each until it has failed what the ramp asks for twice in a row (once may
 * be the machine), or has broken.
 */
export async function climb(
  ramp: Ramp,
  shops: readonly Shop[],
  forMs: number,
  tell: (shop: Shop, at: number, step: Step) => void,
): Promise<void> {
  const climbing = new Set(shops)
  const failing = new Set<Shop>()
  for (const [at, rates] of ramp.steps.entries()) {
    for (const shop of climbing) {
      const step = await shop.step(rates, forMs)
      tell(shop, at, step)
      if (ramp.has(step)) failing.delete(shop)
      else if (failing.has(shop) || step.reads.p99 >= BROKEN_MS) climbing.delete(shop)
      else failing.add(shop)
    }
  }
}

/**
 * The lower quartile of the rounds: what else a machine does only ever adds to a tail, in some rounds more than in others. A
 * round that did not come so far counts as one that took for ever.
 */
export function typical({ rounds }: Measurement, ofRounds: number, value: (step: Step) => number): number {
  const values = Array.from({ length: ofRounds }, (_, round) => {
    const step = rounds[round]
    return step === undefined ? Infinity : value(step)
  })
  return values.sort((one, other) => one - other)[Math.floor(ofRounds / 4)] ?? Infinity
}

/** True where it kept up in most of the rounds. */
export const held = (found: Measurement, ofRounds: number, has: (step: Step) => boolean): boolean =>
  found.rounds.filter(has).length * 2 > ofRounds
