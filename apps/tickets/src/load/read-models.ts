/** What an operator does to a running app: rebuild a read model while it is used, and have all of them compared with the log. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { HttpClient } from './http-client.ts'

interface Build {
  readonly projection: string
  readonly version: string
  readonly role: string
  readonly error?: string
}

export interface Rebuilding {
  readonly client: HttpClient
  readonly projection: string
  /** When the load ends, by `performance.now()`. */
  readonly untilMs: number
  readonly onProblem: (problem: string) => void
}

/** When a rebuild begins, as shares of the time. */
const BEGIN_AT = [0.2, 0.45, 0.7] as const
const LOOK_EVERY_MS = 100

/** Rebuilds again and again until the load ends. Resolves with how often the new build took over. */
export async function rebuildDuring({ client, projection, untilMs, onProblem }: Rebuilding): Promise<number> {
  const startMs = performance.now()
  let rebuilt = 0
  for (const share of BEGIN_AT) {
    await sleep(Math.max(0, startMs + (untilMs - startMs) * share - performance.now()))
    const before = await servingOf(client, projection)
    await act(client, projection, 'rebuild')
    for (;;) {
      await sleep(LOOK_EVERY_MS)
      const builds = await buildsOf(client, projection)
      const building = builds.find(({ role }) => role === 'building')
      const serving = builds.find(({ role }) => role === 'serving')
      if (building?.error !== undefined) {
        onProblem(`the rebuild of ${projection} stopped: ${building.error}`)
        return rebuilt
      }
      if (building === undefined && serving?.version !== before) break
    }
    rebuilt++
    await act(client, projection, 'remove-kept')
  }
  return rebuilt
}

/** Compares every read model with the log, in the app itself. Resolves with how many documents were compared, of how many read models. */
export async function verifyAll(
  client: HttpClient,
  onProblem: (problem: string) => void,
): Promise<{ readonly documents: number; readonly readModels: number }> {
  const projections = new Set((await buildsOf(client)).map(({ projection }) => projection))
  let documents = 0
  for (const projection of projections) {
    const { status, body } = await client.request(`/ops/read-models/${projection}/verify`, { method: 'POST', body: '{}' })
    const last = body.trimEnd().split('\n').at(-1) ?? ''
    const { verified, failed } = (status === 200 ? JSON.parse(last) : { failed: `HTTP ${status}` }) as {
      readonly verified?: { readonly documents: number; readonly differing: number; readonly differences: readonly unknown[] }
      readonly failed?: string
    }
    if (verified === undefined) onProblem(`read model ${projection} could not be verified: ${failed ?? last}`)
    else if (verified.differing > 0)
      onProblem(
        `read model ${projection} differs from the log in ${verified.differing} documents: ${JSON.stringify(verified.differences[0])}`,
      )
    documents += verified?.documents ?? 0
  }
  return { documents, readModels: projections.size }
}

/** Whether the app has a read model of that name. */
export const hasReadModel = async (client: HttpClient, projection: string): Promise<boolean> =>
  (await buildsOf(client, projection)).length > 0

async function buildsOf(client: HttpClient, projection?: string): Promise<readonly Build[]> {
  const { status, body } = await client.request('/ops/read-models')
  if (status !== 200) throw new Error(`the app does not list its read models: it answered ${status} ${body.slice(0, 500)}`)
  const { readModels } = JSON.parse(body) as { readonly readModels: readonly Build[] }
  return projection === undefined ? readModels : readModels.filter((build) => build.projection === projection)
}

const servingOf = async (client: HttpClient, projection: string): Promise<string | undefined> =>
  (await buildsOf(client, projection)).find(({ role }) => role === 'serving')?.version

async function act(client: HttpClient, projection: string, action: 'rebuild' | 'remove-kept'): Promise<void> {
  const { status, body } = await client.request(`/ops/read-models/${projection}/${action}`, { method: 'POST', body: '{}' })
  if (status >= 300) throw new Error(`${action} of ${projection}: the app answered ${status} ${body.slice(0, 200)}`)
}
