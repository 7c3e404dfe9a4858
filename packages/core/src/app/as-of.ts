import { MillraceError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import { toText } from '../position.ts'
import type { Moment } from '../projection/history/change.ts'
import { HistoryReader } from '../projection/history/history-reader.ts'
import type { Query } from '../projection/projection.ts'
import type { ProjectionLoop } from '../projection/projection-loop.ts'
import { toPosition, type Freshness } from './freshness.ts'
import type { Answer, QueryOptions } from './running.ts'

interface Asked {
  readonly name: string
  readonly query: Query
  /** The input, checked. */
  readonly value: unknown
  readonly loop: ProjectionLoop
}

type AsOf = NonNullable<QueryOptions['asOf']>

/** Answers a query as it would have been at a moment in the past, once the read model holds all of that. */
export async function answerAsOf(
  { name, query, value, loop }: Asked,
  { asOf, ...options }: QueryOptions & { readonly asOf: AsOf },
  { freshness, clock }: { readonly freshness: Freshness; readonly clock: Clock },
): Promise<Answer> {
  const { projection, answers } = loop
  if (projection.history === undefined) {
    throw new MillraceError(
      'HISTORY_NOT_KEPT',
      `query ${name}: projection '${projection.name}' keeps no past states; define it with 'history: true' and a new version`,
      { at: { query: name, projection: projection.name } },
    )
  }
  const moment = toMoment(name, asOf, clock.nowMs())
  if (moment.kind === 'position') await freshness.wait(name, loop, { ...options, after: toText(moment.position) })
  else if (loop.asOfMs < moment.timeMs) await freshness.wait(name, loop, { ...options, maxAgeMs: 0 })
  if (loop.error !== undefined) throw loop.error
  const { position, asOfMs, instance } = answers
  const result = await query.answer(value as never, new HistoryReader(answers.model, moment) as never)
  const json = JSON.stringify(result ?? null)
  return { json, position, ageMs: Math.max(0, clock.nowMs() - asOfMs), etag: `"${instance}-${crypto.randomUUID().slice(0, 13)}"` }
}

function toMoment(query: string, asOf: AsOf, nowMs: number): Moment {
  if (typeof asOf !== 'number') return { kind: 'position', position: toPosition(typeof asOf === 'string' ? asOf : asOf.position) }
  if (asOf >= 0 && asOf <= nowMs) return { kind: 'time', timeMs: asOf }
  throw new MillraceError('QUERY_INVALID', `query ${query}: asOf: expected epoch milliseconds that are not in the future, got ${asOf}`, {
    issues: [{ path: 'asOf', message: 'expected a time that is not in the future' }],
    at: { query },
  })
}
