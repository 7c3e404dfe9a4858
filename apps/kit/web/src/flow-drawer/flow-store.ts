import type { Receipt } from '@millrace/core'
import { reaches } from '../api/position.ts'
import { createStore } from '../shell/store.ts'

/** The last command as this browser saw it. All times are epoch ms of this machine, with fractions. */
export interface Flow {
  readonly commandId: string
  readonly type: string
  readonly sentAtMs: number
  readonly answeredAtMs?: number
  readonly outcome?: 'accepted' | 'rejected' | 'failed' | 'unknown'
  readonly code?: string | undefined
  readonly position?: string
  /** When the first live update that includes the command arrived. */
  readonly liveAtMs?: number
}

export const lastFlow = createStore<Flow | undefined>(undefined)
const arrivals: { position: string; atMs: number }[] = []

const nowMs = (): number => performance.timeOrigin + performance.now()

export function noteSent(commandId: string, type: string): void {
  lastFlow.set({ commandId, type, sentAtMs: nowMs() })
}

export function noteAnswered(commandId: string, receipt: Receipt | undefined): void {
  const flow = lastFlow.get()
  if (flow?.commandId !== commandId) return
  const answered = { ...flow, answeredAtMs: nowMs(), outcome: receipt?.outcome ?? 'unknown' } as const
  if (receipt?.outcome !== 'accepted') {
    lastFlow.set({ ...answered, code: receipt?.outcome === 'rejected' ? receipt.code : undefined })
    return
  }
  const { position } = receipt
  // The live update may well overtake the answer.
  const earlier = arrivals.find((arrival) => arrival.atMs >= flow.sentAtMs && reaches(arrival.position, position))
  lastFlow.set({ ...answered, position, ...(earlier && { liveAtMs: earlier.atMs }) })
}

export function noteArrival(position: string): void {
  const atMs = nowMs()
  arrivals.push({ position, atMs })
  if (arrivals.length > 60) arrivals.shift()
  const flow = lastFlow.get()
  if (flow?.position !== undefined && flow.liveAtMs === undefined && reaches(position, flow.position)) {
    lastFlow.set({ ...flow, liveAtMs: atMs })
  }
}
