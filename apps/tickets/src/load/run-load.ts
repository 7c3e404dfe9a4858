/** A whole run: shows, users, measures, verdict. */
import { fromText, furthest, START, toText, type Position } from '@millrace/core'
import { createRandom } from 'app-kit/random'
import { findBooks } from './books.ts'
import type { Acknowledged, SeenMap, Verdict } from './checker.ts'
import { createHttpClient, type HttpClient } from './http-client.ts'
import { Measures } from './measures.ts'
import type { LoadOptions } from './options.ts'
import { hasReadModel, rebuildDuring, verifyAll } from './read-models.ts'
import { Session } from './session.ts'
import { runUser, type SeatMapSeen } from './user.ts'
import { verify } from './verify.ts'

export interface LoadResult {
  readonly measures: Measures
  readonly seconds: number
  readonly verdict: Verdict
  /** Where the app broke its word to a user. */
  readonly problems: readonly string[]
  /** How often a read model was rebuilt while the load ran. */
  readonly rebuilt: number
  /** What the app itself compared with the log, in the end. */
  readonly verified: { readonly documents: number; readonly readModels: number }
}

/** Seat maps kept for the verdict: of so many shows, and of each so many over the time. */
const SAMPLED_SHOWS = 20
const SAMPLES = 25

export interface LoadListener {
  onLoad(done: number, measures: Measures): void
  onVerify(done: number, records: number): void
}

/** The load could not be run. */
export class LoadError extends Error {
  override readonly name = 'LoadError'
}

export async function runLoad(options: LoadOptions, listener: LoadListener): Promise<LoadResult> {
  const { url, users, writeRatio, payRatio, thinkMs, sockets, seed, rebuild, opsKey } = options
  using client = createHttpClient(url, sockets, opsKey)
  await requireApp(client, url)
  const acknowledged = new Map<string, Acknowledged>()
  const measures = new Measures()
  let position: Position = START
  const problems: string[] = []
  const onProblem = (problem: string): void => void problems.push(problem)
  const onPosition = (text: string): void => void (position = furthest(position, fromText(text) ?? START))
  const told = { client, measures, acknowledged, onPosition, onProblem }
  const shows = await findShows(options, new Session({ ...told, measures: new Measures() }))
  if (rebuild !== undefined && !(await hasReadModel(client, rebuild))) throw new LoadError(`--rebuild: there is no read model '${rebuild}'`)
  const readBooks = await findBooks(client)

  const seen: SeenMap[] = []
  const maps = new Map<string, { readonly atMs: number; readonly map: SeatMapSeen }>()
  const startMs = performance.now()
  const untilMs = startMs + options.seconds * 1_000
  const rampMs = Math.min(5_000, options.seconds * 250)
  const timer = setInterval(() => listener.onLoad((performance.now() - startMs) / (untilMs - startMs), measures), 100)
  const sampled = new Set(shows.slice(0, SAMPLED_SHOWS))
  const sampledMs = new Map<string, number>()
  const sample = (showId: string, map: SeatMapSeen, at: Position): void => {
    const nowMs = performance.now()
    if (!sampled.has(showId) || nowMs - (sampledMs.get(showId) ?? -Infinity) < (untilMs - startMs) / SAMPLES) return
    sampledMs.set(showId, nowMs)
    seen.push({ showId, position: at, taken: map.taken })
  }
  const rebuilding = rebuild === undefined ? Promise.resolve(0) : rebuildDuring({ client, projection: rebuild, untilMs, onProblem })
  rebuilding.catch(() => undefined)
  const all = Array.from({ length: users }, (_, index) =>
    runUser({
      session: new Session(told),
      customerId: `load-${crypto.randomUUID()}`,
      showId: shows[index % shows.length] ?? '',
      random: createRandom(seed + index * 7919),
      writeRatio,
      payRatio: readBooks === undefined ? 0 : payRatio,
      thinkMs,
      startAfterMs: (index / users) * rampMs,
      untilMs,
      maps,
      onMap: (map, at) => sample(shows[index % shows.length] ?? '', map, at),
      onProblem,
    }),
  )
  await Promise.all(all).finally(() => clearInterval(timer))
  const seconds = (performance.now() - startMs) / 1_000
  const rebuilt = await rebuilding

  const verdict = await verify({
    client,
    acknowledged,
    shows,
    seen,
    after: toText(position),
    readBooks,
    onProgress: (records, of) => listener.onVerify(records / of, records),
  })
  const verified = await verifyAll(client, onProblem)
  return { measures, seconds, verdict, problems, rebuilt, verified }
}

async function requireApp(client: HttpClient, url: string): Promise<void> {
  const answer = await client.request('/demo/log').catch((error: unknown) => {
    throw new LoadError(`No app answers at ${url} (${(error as Error).message}). Start it in another terminal:\n\n  npm start\n`)
  })
  if (answer.status !== 200) {
    throw new LoadError(
      `${url} answers, but GET /demo/log gives ${answer.status}: the verdict needs it. Is it the tickets app, with TICKETS_DEMO=on?`,
    )
  }
}

/** The shows to go to, created where a number of them is asked for. */
async function findShows({ shows }: LoadOptions, session: Session): Promise<readonly string[]> {
  if (typeof shows !== 'number') {
    for (const showId of shows) {
      if ((await session.ask(`seatMap?showId=${encodeURIComponent(showId)}`, true))?.text === 'null')
        throw new LoadError(`--shows: there is no show '${showId}'`)
    }
    return shows
  }
  const run = Date.now().toString(36)
  const ids = Array.from({ length: shows }, (_, at) => `load-${run}-${at + 1}`)
  for (const showId of ids) {
    const receipt = await session.send('ScheduleShow', {
      showId,
      title: `Load ${showId}`,
      venue: 'Test stage',
      startsAt: new Date(Date.now() + 90 * 86_400_000).toISOString(),
      sections: ['A', 'B', 'C', 'D'].map((id, at) => ({
        id,
        name: `Block ${id}`,
        priceCents: 5_000 - at * 1_000,
        rows: 10,
        seatsPerRow: 25,
      })),
    })
    if (receipt?.outcome !== 'accepted') throw new LoadError(`show ${showId} could not be scheduled: ${JSON.stringify(receipt)}`)
  }
  return ids
}
