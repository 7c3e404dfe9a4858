/** Told of a rule that is broken, and how. Rules: see `RULES`. */
export type Say = (rule: Rule, problem: string) => void

export const RULES = {
  A1: 'every acknowledged command has exactly one answer in the log: the one its sender was told, each time',
  A2: 'a refused command leaves nothing but its refusal',
  A3: 'a command without an answer is in the log once or not at all',
  A4: 'no record without its command',
  A5: 'commands are decided in their order, each once, all of them',
  A6: 'the records of one command are contiguous, in one batch',
  A7: 'the answer is what `decide` says to the fold of all events before it',
  B: 'no seat has two owners',
  C: 'a read model is the fold of the log',
  D1: 'a query after a position shows all up to it',
  D2: 'positions never go back within a session',
  D3: 'a live query misses nothing and repeats nothing, whichever instance it is connected to',
  E2: 'the same key with another body is refused',
  G: 'a timer fires once, when it is due, unless it was taken back',
  owner: 'a batch is of the owner whose marker was last',
  http: 'what is valid is not refused',
  crash: 'no process ends by itself',
  liveness: 'when faults are over, all comes to rest and serves',
} as const

export type Rule = keyof typeof RULES

export interface Finding {
  readonly rule: Rule
  readonly problem: string
}

/** Problems of one rule that are kept: the first are the ones that matter. */
const KEPT = 5

export class Findings {
  readonly kept: Finding[] = []
  readonly counts = new Map<Rule, number>()

  readonly say: Say = (rule, problem) => {
    const count = (this.counts.get(rule) ?? 0) + 1
    this.counts.set(rule, count)
    if (count <= KEPT) this.kept.push({ rule, problem })
  }

  get total(): number {
    return this.counts.values().reduce((sum, count) => sum + count, 0)
  }
}
