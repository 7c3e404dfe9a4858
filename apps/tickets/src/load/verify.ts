/** The verdict on a running app: its log, read from the begin over HTTP, against what users were told. */
import { setTimeout as sleep } from 'node:timers/promises'
import { fromText } from '@millrace/core'
import { Checker, type Acknowledged, type SeenMap, type Verdict } from './checker.ts'
import type { HttpClient } from './http-client.ts'
import { toLines } from './log-line.ts'
import type { BookEntry } from './money-fold.ts'

export interface VerifyOptions {
  readonly client: HttpClient
  readonly acknowledged: ReadonlyMap<string, Acknowledged>
  /** Shows whose seat map is compared. */
  readonly shows: readonly string[]
  /** Seat maps that were seen before, while the load ran. */
  readonly seen: readonly SeenMap[]
  /** How far the read models must have come: the furthest position anybody was told. */
  readonly after: string
  /** Reads the books of the payment provider; undefined where it shows none. */
  readonly readBooks: (() => Promise<readonly BookEntry[]>) | undefined
  readonly onProgress: (records: number, of: number) => void
}

export async function verify({ client, acknowledged, shows, seen, after, readBooks, onProgress }: VerifyOptions): Promise<Verdict> {
  const maps = [...seen]
  for (const showId of shows) maps.push(await readMap(client, showId, after))
  const checker = new Checker(acknowledged, maps)
  const next: number[] = []
  let records = 0
  for (const untilMs = performance.now() + SETTLE_MS; ;) {
    // Read after the maps: the log then holds all that they show.
    const { partitions, ends } = JSON.parse((await client.request('/demo/log')).body) as { partitions: number; ends: number[] }
    const total = ends.reduce((sum, end) => sum + end, 0)
    for (let partition = 0; partition < partitions; partition++) {
      const [from, to] = [next[partition] ?? 0, ends[partition] ?? 0]
      if (from >= to) continue
      for await (const line of toLines(await client.stream(`/demo/log?partition=${partition}&from=${from}&to=${to}`))) {
        checker.read(partition, line)
        if (++records % 10_000 === 0) onProgress(records, total)
      }
      next[partition] = to
    }
    if (checker.openCheckouts === 0 || performance.now() > untilMs) return checker.finish(await readBooks?.())
    await sleep(SETTLE_LOOK_MS)
  }
}

/** Payments that are under way when the load ends come to their end within this time, refunds and all. */
const SETTLE_MS = 60_000
const SETTLE_LOOK_MS = 250

async function readMap(client: HttpClient, showId: string, after: string): Promise<SeenMap> {
  const headers: Record<string, string> = after === '' ? {} : { 'millrace-after': after }
  const { status, headers: answered, body } = await client.request(`/queries/seatMap?showId=${encodeURIComponent(showId)}`, { headers })
  const position = fromText(String(answered['millrace-position'] ?? ''))
  if (status !== 200 || position === undefined)
    throw new Error(`the seat map of ${showId} could not be read: ${status} ${body.slice(0, 200)}`)
  const map = JSON.parse(body) as { readonly taken: Readonly<Record<string, string>> } | null
  return { showId, position, taken: map?.taken ?? {} }
}
