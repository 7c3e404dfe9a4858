import { RULES, type Rule } from './checker/findings.ts'
import type { ChaosResult } from './run-chaos.ts'

export function toReport(
  { verdict, done, seconds, queries, longestSilenceMs, longestWaitMs, healedAfterMs, directory }: ChaosResult,
  seed: number,
): string {
  const { commands, decided, acknowledged, repeats, refused, timers, records, takeovers, views, findings, counts } = verdict
  const lines = [
    `Seed ${seed}, ${seconds.toFixed(0)} s`,
    ...[...done].sort().map(([what, count]) => `  ${String(count).padStart(6)}  ${what}`),
    `  ${String(takeovers).padStart(6)}  takeovers of shards`,
    `Commands     ${decided} decided (${refused} refused), ${acknowledged} acknowledged, ${repeats} repeats recognised; ${commands} records`,
    `Events       ${records} records, ${timers} timers fired`,
    `Queries      ${queries} asked, ${views} answers compared with the log at their position`,
    `Silence      ${(longestSilenceMs / 1_000).toFixed(1)} s at most without an answer to anybody, ${(longestWaitMs / 1_000).toFixed(1)} s until the one that waited longest had its own; healed after ${(healedAfterMs / 1_000).toFixed(1)} s`,
  ]
  if (findings.length === 0) return [...lines, 'Held: everything that was promised.', ''].join('\n')
  const broken = (Object.keys(counts) as Rule[]).flatMap((rule) => [
    `${rule}: ${RULES[rule]}: broken ${counts[rule] ?? 0} times, such as`,
    ...findings.filter((finding) => finding.rule === rule).map(({ problem }) => `    ${problem}`),
  ])
  return [...lines, 'BROKEN:', ...broken.map((line) => `  ${line}`), `Kept: ${directory ?? ''}`, ''].join('\n')
}
