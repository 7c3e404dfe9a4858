import { answersQueries, ownsShards, type Role } from './role.ts'
import type { Status } from './running.ts'

export interface StatusParts extends Pick<Status, 'shards' | 'projections' | 'reactors' | 'inFlight'> {
  readonly role: Role
  readonly isStopping: boolean
  /** All that was in the log at the start has been read. */
  readonly isFollowing: boolean
  readonly log: { readonly stopped: Error | undefined; readonly away: Error | undefined }
  readonly storeAway: Error | undefined
}

/**
 * Whether an instance can do what its role is. One that only reads is ready while the log is away: it answers from what it
 * has, and says how old that is. One that only writes does not wait for read models, though it may fold some.
 */
export function toStatus({ role, isStopping, isFollowing, log, storeAway, ...parts }: StatusParts): Status {
  const { shards, projections } = parts
  const isLogThere = log.stopped === undefined && (!ownsShards(role) || log.away === undefined)
  const areModelsLive = storeAway === undefined && projections.every((each) => each.role !== 'serving' || each.state === 'live')
  return {
    ready:
      !isStopping &&
      isLogThere &&
      isFollowing &&
      shards.every(({ state }) => state === 'ready') &&
      (!answersQueries(role) || areModelsLive),
    log: logStatus(log.stopped, log.away),
    store: storeAway === undefined ? { state: 'ok' } : { state: 'unavailable', error: storeAway },
    ...parts,
  }
}

function logStatus(stopped: Error | undefined, away: Error | undefined): Status['log'] {
  if (stopped !== undefined) return { state: 'stopped', error: stopped }
  return away === undefined ? { state: 'ok' } : { state: 'unavailable', error: away }
}
