/** Processes of Millrace alone, on a broker: those that move shards, share cores, or run for long. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openChild, type Child, type ChildOptions } from '../shared/child.ts'
import type { MillraceRequest, MillraceSettings, MillraceStatus } from './millrace-server.ts'

/** How long shards may take to come, in milliseconds. */
const PATIENCE_MS = 120_000

export interface MillraceProcess extends Child {
  ask<Answer>(request: MillraceRequest): Promise<Answer>
}

export const startMillrace = (settings: MillraceSettings, options?: ChildOptions): Promise<MillraceProcess> =>
  openChild<object>('kafka/millrace-server.ts', settings, options)

/** Resolves once each process decides in so many shards. */
export async function settled(processes: readonly MillraceProcess[], shards: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const found = await Promise.all(processes.map(async (each) => (await each.ask<MillraceStatus>({})).ready))
    if (found.every((ready) => ready === shards)) return
    if (performance.now() > deadline) throw new Error(`the processes have ${found.join(' and ')} shards, where each was to have ${shards}`)
    await sleep(50)
  }
}
