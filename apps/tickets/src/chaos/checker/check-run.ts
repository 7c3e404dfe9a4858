/** The verdict on a run: from the topics, and from what clients recorded. */
import { show } from '../../booking/show.ts'
import type { CommandCall, Line, QueryCall } from '../history.ts'
import { checkOrder, toAnswers, toDecisions, type Decision } from './decisions.ts'
import { Findings, type Finding, type Rule } from './findings.ts'
import { toLoggedCommand, toLogRecord, type LogRecord, type TopicRecord } from './log-record.ts'
import { checkReceipts } from './receipts.ts'
import { replay } from './replay.ts'
import { checkSessions } from './sessions.ts'
import { checkViews } from './views.ts'

export interface Run {
  readonly commands: readonly TopicRecord[]
  readonly events: readonly TopicRecord[]
  readonly history: readonly Line[]
}

export interface Verdict {
  /** The first of each rule. */
  readonly findings: readonly Finding[]
  readonly counts: Readonly<Partial<Record<Rule, number>>>
  readonly commands: number
  /** Commands that were answered in the log, and those whose sender was told. */
  readonly decided: number
  readonly acknowledged: number
  readonly repeats: number
  readonly refused: number
  readonly timers: number
  readonly records: number
  /** Markers after the first of each partition. */
  readonly takeovers: number
  /** Answers to queries that were compared with the log. */
  readonly views: number
}

export function checkRun({ commands, events, history }: Run): Verdict {
  const findings = new Findings()
  const { say } = findings
  const asked = byPartition(commands.map(toLoggedCommand))
  const logged = byPartition(events.map(toLogRecord))
  const calls = history.filter((line): line is CommandCall | QueryCall => line.kind === 'command' || line.kind === 'query')
  const queries = calls.filter((call): call is QueryCall => call.kind === 'query')
  const restMs = history.find(({ kind }) => kind === 'rest')
  const all: Decision[] = []
  let views = 0
  for (const partition of new Set([...asked.keys(), ...logged.keys()])) {
    const mine = asked.get(partition) ?? []
    const decisions = toDecisions(logged.get(partition) ?? [], say)
    checkOrder(decisions, mine, say)
    replay(decisions, { aggregate: show, commands: mine, restMs: restMs?.kind === 'rest' ? restMs.atMs : 0 }, say)
    views += checkViews(decisions, queries, say)
    all.push(...decisions)
  }
  const answers = toAnswers(all, say)
  const acknowledged = checkReceipts(
    calls.filter((call): call is CommandCall => call.kind === 'command'),
    answers,
    say,
  )
  checkSessions(calls, say)
  for (const line of history) if (line.kind === 'trouble') say(line.rule as Rule, line.problem)
  const count = (kind: string): number => all.filter(({ records }) => records[0]?.kind === kind).length
  return {
    findings: findings.kept,
    counts: Object.fromEntries(findings.counts),
    commands: commands.length,
    decided: answers.size,
    acknowledged,
    repeats: count('repeated'),
    refused: count('rejected'),
    timers: all.filter(({ commandOffset }) => commandOffset < 0).length,
    records: events.length,
    takeovers: takeovers(logged),
    views,
  }
}

const byPartition = <T extends { readonly partition: number; readonly offset: number }>(
  records: readonly T[],
): ReadonlyMap<number, readonly T[]> =>
  Map.groupBy(
    [...records].sort((one, other) => one.offset - other.offset),
    ({ partition }) => partition,
  )

const takeovers = (logged: ReadonlyMap<number, readonly LogRecord[]>): number =>
  logged.values().reduce((sum, records) => sum + Math.max(0, records.filter(({ kind }) => kind === 'owned').length - 1), 0)
