/** Chooses faults by seed: one or two at a time, with time to heal in between, none twice before all have had their turn. */
import { createRandom, type Random } from 'app-kit/random'
import { faults, type Fault } from './faults.ts'
import { pause } from './session.ts'
import type { System } from './system.ts'

export interface NemesisOptions {
  readonly system: System
  readonly random: Random
  /** Aborts when faults are over. */
  readonly signal: AbortSignal
  readonly onFault: (text: string) => void
  /** Told of a fault that could not be mended. */
  readonly onFailure: (problem: string) => void
  /** Counts what was done. */
  readonly did: (what: string) => void
}

const TOGETHER = 0.6

/** Resolves when `signal` has aborted and every fault has mended what it hurt. */
export async function haunt({ system, random, signal, onFault, onFailure, did }: NemesisOptions): Promise<void> {
  let deck: Fault[] = []
  const draw = (fits: (fault: Fault) => boolean): Fault | undefined => {
    if (deck.length === 0) deck = shuffled(faults, random)
    const at = deck.findIndex(fits)
    return at < 0 ? undefined : deck.splice(at, 1)[0]
  }
  await pause(3_000, signal)
  while (!signal.aborted) {
    const first = draw(() => true)
    const second = first !== undefined && random.next() < TOGETHER ? draw((other) => goTogether(first, other)) : undefined
    // One each, so that what they choose does not hang on who is faster.
    const randoms = [first, second].map(() => createRandom(random.below(0xffffffff)))
    const instances = shuffled(system.instances, random)
    const chosen = [first, second].filter((fault) => fault !== undefined)
    onFault(chosen.map(({ name }) => name).join('; '))
    await Promise.all(
      chosen.map((fault, at) => {
        const [instance, broker] = [instances[at], random.pick(system.cluster.brokers)]
        if (instance === undefined) throw new RangeError('more faults at once than instances')
        return fault
          .run({ system, random: randoms[at] ?? random, instance, broker, signal, did })
          .catch((error: unknown) => onFailure(`${fault.name}: ${(error as Error).message}`))
      }),
    )
    await pause(1_500 + random.below(3_000), signal)
  }
}

/** Never two brokers at once, so that two replicas are left; and nothing else to instances that all come and go. */
function goTogether({ takes: one }: Fault, { takes: other }: Fault): boolean {
  if (one === 'nothing' || other === 'nothing') return true
  return one === 'broker' ? other !== 'broker' : other === 'broker' || (one === 'instance' && other === 'instance')
}

function shuffled<T>(from: readonly T[], random: Random): T[] {
  const left = [...from]
  return Array.from({ length: left.length }, () => left.splice(random.below(left.length), 1)[0]).filter((each) => each !== undefined)
}
