/** What clients were shown, each answer against the fold of the log up to the position it came with. */
import { isDeepStrictEqual } from 'node:util'
import { HouseFold } from '../../load/house-fold.ts'
import type { QueryCall } from '../history.ts'
import type { Decision } from './decisions.ts'
import type { Say } from './findings.ts'
import { fromPosition } from './positions.ts'
import { ShowModel } from './show-model.ts'

interface View {
  /** Up to, but not including, this offset of the show's partition. */
  readonly next: number
  readonly call: QueryCall
}

/** An answer that is not the fold at its position: it may show a little more, never less. */
interface Newer {
  readonly call: QueryCall
  /** How it differs at its position. */
  readonly problem: string
  /** Decisions about the show that it may be ahead by. */
  left: number
}

/** A read model is written in commits of some batches: while one is on its way, answers may show what it holds. */
const MOST_AHEAD = 12

/** Folds the decisions of one partition in order, and compares what was seen of its shows. Returns how many were compared. */
export function checkViews(decisions: readonly Decision[], calls: readonly QueryCall[], say: Say): number {
  const partition = decisions[0]?.partition
  if (partition === undefined) return 0
  const shows = new Set(decisions.map(({ records }) => records[0]?.key))
  const views = calls
    .filter(({ showId, position }) => position !== undefined && shows.has(showId))
    .map((call): View => ({ call, next: fromPosition(call.position ?? '').get(partition) ?? 0 }))
    .sort((one, other) => one.next - other.next)
  const models = new Map<string, ShowModel>()
  const houses = new Map<string, HouseFold>()
  let newer: Newer[] = []
  let at = 0
  const compareUpTo = (offset: number): void => {
    for (let view = views[at]; view !== undefined && view.next <= offset; view = views[++at]) {
      const { call } = view
      const problem = difference(call, models)
      if (problem !== undefined) newer.push({ call, problem, left: MOST_AHEAD })
    }
  }
  const compareNewer = (showId: string): void => {
    newer = newer.filter((each) => {
      if (each.call.showId !== showId) return true
      if (difference(each.call, models) === undefined) return false
      if (--each.left > 0) return true
      tell(each, say)
      return false
    })
  }
  for (const { records } of decisions) {
    const [first] = records
    for (const record of records) {
      if (record.kind !== 'event') continue
      compareUpTo(record.offset)
      const { key } = record
      let model = models.get(key)
      if (model === undefined) models.set(key, (model = new ShowModel()))
      model.apply(record)
      let house = houses.get(key)
      if (house === undefined) houses.set(key, (house = new HouseFold((problem) => say('B', `${problem} (in show ${key})`))))
      house.apply(record)
    }
    if (first?.kind === 'event') compareNewer(first.key)
  }
  compareUpTo(Infinity)
  for (const each of newer) tell(each, say)
  return views.length
}

/** How an answer differs from the fold as it is now. */
function difference({ name, input, showId, answer }: QueryCall, models: ReadonlyMap<string, ShowModel>): string | undefined {
  const expected = (models.get(showId) ?? new ShowModel()).answer({ name, input })
  return expected === undefined || isDeepStrictEqual(answer, expected) ? undefined : differences(answer, expected)
}

function tell({ call: { name, input, position, instance, session, isLive, after }, problem }: Newer, say: Say): void {
  const where = `${name} ${JSON.stringify(input)} at ${position ?? ''} (after '${after}') on instance ${instance} for ${session}`
  say(isLive === true ? 'D3' : session.startsWith('end-') ? 'C' : 'D1', `${where}: ${problem}`)
}

/** Where two answers differ, in words. */
function differences(got: unknown, expected: unknown, path = ''): string {
  if (isObject(got) && isObject(expected)) {
    const names = [...new Set([...Object.keys(got), ...Object.keys(expected)])].filter(
      (name) => !isDeepStrictEqual(got[name], expected[name]),
    )
    return names
      .slice(0, 4)
      .map((name) => differences(got[name], expected[name], path === '' ? name : `${path}.${name}`))
      .join('; ')
  }
  return `${path} is ${short(got)}, in the log ${short(expected)}`
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null
const short = (value: unknown): string => (JSON.stringify(value) ?? 'not there').slice(0, 200)
