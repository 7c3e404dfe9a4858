/** What each session was told, in the order it was told. */
import type { CommandCall, QueryCall } from '../history.ts'
import type { Say } from './findings.ts'
import { behind, fromPosition, further, type Position } from './positions.ts'

const START: Position = new Map()

/** Positions never go back: an answer is at least at what the session had seen when it asked, and at what it asked for. */
export function checkSessions(calls: readonly (CommandCall | QueryCall)[], say: Say): void {
  const sessions = Map.groupBy(calls, ({ session }) => session)
  for (const [session, mine] of sessions) {
    const ended = [...mine].sort((one, other) => one.endMs - other.endMs)
    const asked = mine.filter(isQuery).sort((one, other) => one.startMs - other.startMs)
    let seen = START
    let at = 0
    for (const query of asked) {
      for (let call = ended[at]; call !== undefined && call.endMs < query.startMs; call = ended[++at])
        seen = further(seen, positionOf(call))
      if (query.position === undefined) continue
      const position = fromPosition(query.position)
      const late = behind(position, fromPosition(query.after))
      const where = `${session}: ${query.name} on instance ${query.instance}`
      if (late !== undefined) say('D1', `${where} was to be at ${query.after}: ${late}`)
      const back = query.isLive === true ? undefined : behind(position, seen)
      if (back !== undefined) say('D2', `${where} went back: ${back}`)
    }
  }
  checkLive(calls.filter(isQuery), say)
}

/** The changes of a live query, as they came. Its positions are its ids. */
function checkLive(queries: readonly QueryCall[], say: Say): void {
  const live = Map.groupBy(
    queries.filter(({ isLive }) => isLive),
    ({ session, showId }) => `${session} of ${showId}`,
  )
  for (const [who, changes] of live) {
    let seen = START
    for (const { position = '', instance } of changes) {
      const back = behind(fromPosition(position), seen)
      if (back !== undefined) say('D3', `${who}: a change on instance ${instance} went back: ${back}`)
      seen = further(seen, fromPosition(position))
    }
  }
}

const isQuery = (call: CommandCall | QueryCall): call is QueryCall => call.kind === 'query'

const positionOf = (call: CommandCall | QueryCall): Position => fromPosition((isQuery(call) ? call.position : call.receipt?.position) ?? '')
