import type { Log, OwnedShard } from '@millrace/core'

/** Where `abortingLog` can end the process. */
export const abortPoints = ['before-submit', 'after-submit', 'after-own', 'before-append', 'during-append', 'after-append'] as const
export type AbortPoint = (typeof abortPoints)[number]

/**
 * `log`, except that the process kills itself (SIGKILL) when it comes to the point that `MILLRACE_ABORT_AT` names for the
 * nth time: `MILLRACE_ABORT_AT=after-append:17`. Without it, just `log`.
 */
export function abortingLog(log: Log, abortAt: string | undefined = process.env['MILLRACE_ABORT_AT']): Log {
  if (abortAt === undefined) return log
  const [point = '', count = '1'] = abortAt.split(':')
  if (!abortPoints.some((each) => each === point))
    throw new TypeError(`MILLRACE_ABORT_AT: expected one of ${abortPoints.join(', ')}, got ${point}`)
  let left = Number(count)
  const reach = (here: AbortPoint): void => {
    if (here === point && --left === 0) process.kill(process.pid, 'SIGKILL')
  }
  const aborting = (shard: OwnedShard): OwnedShard => ({
    partition: shard.partition,
    epoch: shard.epoch,
    marker: shard.marker,
    signal: shard.signal,
    ...(shard.renewEveryMs !== undefined && { renewEveryMs: shard.renewEveryMs }),
    commands: (from, maxRecords) => shard.commands(from, maxRecords),
    async append(records) {
      reach('before-append')
      const appending = shard.append(records)
      if (point === 'during-append') setImmediate(() => setImmediate(() => reach('during-append'))) // the write is under way elsewhere
      const first = await appending
      reach('after-append')
      return first
    },
  })
  return {
    partitions: log.partitions,
    identity: log.identity,
    maxCommandBytes: log.maxCommandBytes,
    trouble: () => log.trouble(),
    async submit(partition, command) {
      reach('before-submit')
      const offset = await log.submit(partition, command)
      reach('after-submit')
      return offset
    },
    own: (work, signal) =>
      log.own(async (shard) => {
        reach('after-own')
        await work(aborting(shard))
      }, signal),
    read: (partition, from, signal) => log.read(partition, from, signal),
    ends: () => log.ends(),
    [Symbol.asyncDispose]: async () => log[Symbol.asyncDispose](),
  }
}
