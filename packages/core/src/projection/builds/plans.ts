import type { Log } from '../../ports/log.ts'
import type { ReadModel, ReadStore, StoredDocument } from '../../ports/read-store.ts'
import type { SharedReadModel, SharedReadStore } from '../../ports/shared-read-store.ts'
import { START } from '../../position.ts'

/** Which builds of a read model there are to be: labels, as `labelOf` makes them. */
export interface Plan {
  readonly serving: string
  /** Built beside it, to serve next. */
  readonly building?: string
  /** Served before, and goes on being folded: so that one step goes back to it. */
  readonly kept?: string
}

/** A build of a version of a projection: the first, or one that was made anew later. */
export const labelOf = (version: number, generation = 0): string => (generation === 0 ? `${version}` : `${version}.${generation}`)

export const versionOf = (label: string): number => Number(label.split('.')[0])

export const generationOf = (label: string): number => Number(label.split('.')[1] ?? 0)

/** Under which version a build is in the store: that of a log made anew is another one. */
export const placeOf = (label: string, logIdentity: string): string => `${label} of ${logIdentity}`

const NAME = 'millrace.plans'
/** Whoever changes a plan claims with the same token: what keeps plans whole is the version of each. */
const EVERYBODY = 0

/** The plans of all read models. They are documents of a read model of their own, so every store keeps them, and all instances know. */
export class Plans {
  readonly #model: ReadModel | SharedReadModel

  private constructor(model: ReadModel | SharedReadModel) {
    this.#model = model
  }

  static async open(store: ReadStore | SharedReadStore, log: Log): Promise<Plans> {
    return new Plans(await store.open(NAME, `1 of ${log.identity}`))
  }

  async get(projection: string): Promise<Plan | undefined> {
    return toPlan(await this.#model.get(projection))
  }

  /** Calls `listener` when another instance may have changed a plan. */
  onChange(listener: () => void): void {
    if ('follow' in this.#model) this.#model.follow(() => listener())
  }

  /** Puts what `change` makes of the plan as it stands; undefined leaves it. Resolves with what stands afterwards. */
  async change(projection: string, change: (plan: Plan | undefined) => Plan | undefined): Promise<Plan | undefined> {
    for (;;) {
      const { document, version } =
        'read' in this.#model ? await this.#model.read(projection) : { document: await this.#model.get(projection), version: 0 }
      const before = toPlan(document)
      const plan = change(before)
      if (plan === undefined) return before
      if (await this.#put(projection, plan, version)) return plan
    }
  }

  /** False where another instance was faster. */
  async #put(projection: string, plan: Plan, version: number): Promise<boolean> {
    const writes = new Map([[projection, { kind: 'put', document: { ...plan } } as const]])
    if ('claim' in this.#model) {
      const fold = await this.#model.claim(0, EVERYBODY)
      return fold.commit({ writes, reads: new Map([[projection, version]]), next: fold.next })
    }
    await this.#model.commit(writes, START)
    return true
  }
}

const toPlan = (document: StoredDocument | undefined): Plan | undefined => document as Plan | undefined
