import { appWords } from '../app-words.ts'
import type { Flow } from './flow-store.ts'

/** As `/trace/<commandId>` gives it. */
export interface Trace {
  readonly commandId: string
  readonly type: string
  readonly steps: readonly { readonly step: string; readonly atMs: number }[]
}

export interface FlowStep {
  readonly name: string
  readonly what: string
  /** Since the click. */
  readonly atMs: number
  readonly where: 'browser' | 'server'
}

const wordsOf = (): Readonly<Record<string, readonly [string, string]>> => ({
  received: ['Received', `the command reaches the shard that owns ${appWords().aggregate}`],
  decided: ['Decided', 'one decision, in turn; accepted or refused'],
  durable: ['Durable', 'the event is in the log, on disk; it can’t get lost now'],
})

/**
 * One line of time from two clocks. The server's steps are shifted as little as needed to lie between our sending and our
 * receiving: nothing can be received before it was sent, or answered before it was durable.
 */
export function toTimeline(flow: Flow, trace: Trace | undefined): FlowStep[] {
  const steps: FlowStep[] = [{ name: 'Sent', what: 'you clicked', atMs: 0, where: 'browser' }]
  const words = wordsOf()
  const shiftMs = clockShift(flow, trace)
  for (const { step, atMs } of trace?.steps ?? []) {
    const [name, what] = words[step] ?? [`Read model “${step}”`, 'has the event; queries and live pages see it']
    steps.push({ name, what, atMs: Math.max(0, atMs + shiftMs - flow.sentAtMs), where: 'server' })
  }
  if (flow.answeredAtMs !== undefined) {
    steps.push({
      name: 'Answered',
      what: `${flow.outcome ?? ''}${flow.code === undefined ? '' : `, ${flow.code}`}; the round trip you waited for`,
      atMs: flow.answeredAtMs - flow.sentAtMs,
      where: 'browser',
    })
  }
  if (flow.liveAtMs !== undefined) {
    steps.push({
      name: 'Live update',
      what: 'every open page repaints just what changed',
      atMs: flow.liveAtMs - flow.sentAtMs,
      where: 'browser',
    })
  }
  return steps.sort((a, b) => a.atMs - b.atMs)
}

function clockShift(flow: Flow, trace: Trace | undefined): number {
  const received = trace?.steps.find(({ step }) => step === 'received')?.atMs
  if (received === undefined) return 0
  const durable = trace?.steps.find(({ step }) => step === 'durable')?.atMs ?? received
  const earliest = flow.sentAtMs - received
  const latest = (flow.answeredAtMs ?? Infinity) - durable
  if (earliest > latest) return earliest
  return Math.min(latest, Math.max(earliest, 0))
}

export const formatMs = (ms: number): string => (ms < 10 ? ms.toFixed(1) : String(Math.round(ms)))
