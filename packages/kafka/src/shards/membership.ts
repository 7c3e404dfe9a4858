import { setTimeout as sleep } from 'node:timers/promises'
import { heartbeatV4, joinGroupV9, leaveGroupV5, offsetCommitV9, syncGroupV5, type Connection } from '@platformatic/kafka'
import { MillraceError } from '@millrace/core'
import { COORDINATOR, type Cluster } from '../client/cluster.ts'
import { isDenied, KAFKA, kafkaCode, kafkaReason, toMillraceError } from '../client/failure.ts'
import { Backoff, unlessAborted } from '../client/retry.ts'
import { Wake } from '../reading/wake.ts'
import { assign } from './assignment.ts'
import { decodeAssignment, decodeOwned, encodeAssignment, encodeSubscription } from './group-protocol.ts'

/** How long members have to come back when the group is balanced anew, in milliseconds. */
const REBALANCE_TIMEOUT_MS = 10_000
/** How long leaving may take, in milliseconds: then the session timeout does it. */
const LEAVE_TIMEOUT_MS = 1_000
/** How often the group is told how far commands have been decided, in milliseconds. */
const COMMIT_EVERY_MS = 5_000
const PROTOCOL = 'millrace-sticky'

export interface MembershipOptions {
  readonly cluster: Cluster
  readonly groupId: string
  readonly topic: string
  readonly partitions: number
  /** A member that has not been heard of for so long, in milliseconds, loses its partitions. */
  readonly sessionTimeoutMs: number
  readonly heartbeatMs: number
  /** A name that stays the same over restarts: a restart within the session timeout then moves nothing. */
  readonly instanceId: string | undefined
  /** Called with the partitions this member is to hold, whenever it is told. */
  readonly onAssigned: (partitions: readonly number[]) => void
  /** The partitions it holds now. */
  readonly held: () => readonly number[]
  /** The next command to decide, of each of them. */
  readonly decided: () => readonly { readonly partition: number; readonly next: number }[]
}

interface Joined {
  readonly connection: Connection
  readonly generation: number
}

/**
 * A member of the consumer group that shares out the shards. It balances, no more: who may write is decided by the log,
 * so nobody stops while the group is balanced anew, and a member that has lost touch finds out from the log first.
 */
export class Membership {
  readonly #options: MembershipOptions
  #memberId = ''
  #joined: Joined | undefined
  readonly #heard = new Wake()

  constructor(options: MembershipOptions) {
    this.#options = options
  }

  /** Whether it has been given its share, be that nothing at all. */
  get hasJoined(): boolean {
    return this.#joined !== undefined
  }

  /** Resolves after the group has confirmed this member once more, or `signal` aborts. */
  confirmed(signal: AbortSignal): Promise<void> {
    return this.#heard.wait(signal)
  }

  /** Is a member until `signal` aborts, then leaves. Rejects where the broker will never let it in. */
  async run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff()
    while (!signal.aborted) {
      try {
        this.#joined = await this.#join(signal)
        backoff.reset()
        await this.#stay(this.#joined, signal)
      } catch (error) {
        const code = kafkaCode(error)
        const refused = this.#refused(error)
        if (refused !== undefined) throw refused
        if (code === KAFKA.UNKNOWN_MEMBER_ID) this.#memberId = ''
        if (!isRejoin(code)) await backoff.wait(signal)
      }
    }
    await this.#leave()
  }

  /** Why the broker will never let it in; undefined where that may pass. */
  #refused(error: unknown): MillraceError | undefined {
    const { groupId, instanceId, sessionTimeoutMs } = this.#options
    const what = `joining the consumer group ${groupId}`
    if (isDenied(error)) return toMillraceError(error, what, `Read on the group ${groupId}`)
    switch (kafkaCode(error)) {
      case KAFKA.FENCED_INSTANCE_ID:
        return new MillraceError('LOG_HELD', `${what}: another process has the instance id '${instanceId ?? ''}'; give each its own`)
      case KAFKA.INVALID_SESSION_TIMEOUT:
        return new MillraceError(
          'LOG_MISCONFIGURED',
          `${what}: the brokers take no session timeout of ${sessionTimeoutMs} ms; give one from their group.min.session.timeout.ms to their group.max.session.timeout.ms`,
        )
      case KAFKA.INCONSISTENT_GROUP_PROTOCOL:
      case KAFKA.INVALID_GROUP_ID:
        return new MillraceError(
          'LOG_MISCONFIGURED',
          `${what} failed: ${kafkaReason(error)}; other clients use a group of this name, which is for the app's shards alone`,
        )
      default:
        return undefined
    }
  }

  async #join(signal: AbortSignal): Promise<Joined> {
    const { cluster, groupId, topic, sessionTimeoutMs, instanceId, held } = this.#options
    const connection = await unlessAborted(cluster.coordinator(COORDINATOR.group, groupId, 'group'), signal)
    // Who was put out of the group has lost what it held: others have been given it.
    const owned = this.#memberId === '' ? [] : held()
    const protocols = [{ name: PROTOCOL, metadata: encodeSubscription(topic, owned) }]
    const join = (): ReturnType<typeof joinGroupV9.api.async> =>
      joinGroupV9.api.async(
        connection,
        groupId,
        sessionTimeoutMs,
        REBALANCE_TIMEOUT_MS,
        this.#memberId,
        instanceId ?? null,
        'consumer',
        protocols,
        null,
      )
    if (this.#memberId === '' && instanceId === undefined) this.#memberId = await newMemberId(join())
    // Held back until all members are there.
    const answer = await unlessAborted(join(), signal)
    this.#memberId = answer.memberId
    const shares =
      answer.leader === answer.memberId
        ? this.#share(answer.members.map(({ memberId, metadata }) => ({ id: memberId, owned: decodeOwned(metadata ?? Buffer.alloc(0)) })))
        : []
    const { assignment } = await unlessAborted(
      syncGroupV5.api.async(connection, groupId, answer.generationId, this.#memberId, instanceId ?? null, 'consumer', PROTOCOL, shares),
      signal,
    )
    this.#heard.fire()
    this.#options.onAssigned(decodeAssignment(assignment))
    return { connection, generation: answer.generationId }
  }

  #share(members: Parameters<typeof assign>[0]): { memberId: string; assignment: Buffer }[] {
    const { topic, partitions } = this.#options
    return [...assign(members, partitions)].map(([memberId, mine]) => ({ memberId, assignment: encodeAssignment(topic, mine) }))
  }

  /** Says that it is there, until it is told to join anew: by an error that `isRejoin`. */
  async #stay({ connection, generation }: Joined, signal: AbortSignal): Promise<void> {
    const { cluster, groupId, heartbeatMs, instanceId } = this.#options
    let committedAt = performance.now()
    while (!signal.aborted) {
      await sleep(heartbeatMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      if (performance.now() - committedAt > COMMIT_EVERY_MS) {
        committedAt = performance.now()
        await unlessAborted(cluster.prompt(this.#commit({ connection, generation })), signal)
      }
      const heartbeat = heartbeatV4.api.async(connection, groupId, generation, this.#memberId, instanceId ?? null)
      await unlessAborted(cluster.prompt(heartbeat), signal)
      this.#heard.fire()
    }
  }

  /** Tells how far commands have been decided, for whoever watches the lag of consumer groups. Nothing goes by it. */
  async #commit({ connection, generation }: Joined): Promise<void> {
    const { groupId, topic, instanceId, decided } = this.#options
    const partitions = decided().map(({ partition, next }) => ({
      partitionIndex: partition,
      committedOffset: BigInt(next),
      committedLeaderEpoch: -1,
      committedMetadata: null,
    }))
    if (partitions.length === 0) return
    const topics = [{ name: topic, partitions }]
    // A heartbeat tells what is wrong, and how to go on.
    await offsetCommitV9.api.async(connection, groupId, generation, this.#memberId, instanceId ?? null, topics).catch(() => undefined)
  }

  /** A member with a name of its own stays one: it is expected back. */
  async #leave(): Promise<void> {
    const { cluster, groupId, instanceId } = this.#options
    const memberId = this.#memberId
    this.#memberId = ''
    this.#joined = undefined
    if (memberId === '' || instanceId !== undefined) return
    const leaving = (async () => {
      // Not behind a request to join, which the broker may hold back for long.
      const connection = await cluster.coordinator(COORDINATOR.group, groupId, 'leave')
      await leaveGroupV5.api.async(connection, groupId, [{ memberId, reason: 'stopped' }])
    })()
    await unlessAborted(leaving, AbortSignal.timeout(LEAVE_TIMEOUT_MS)).catch(() => undefined)
  }
}

/** The id that a new member is told to come back with. */
async function newMemberId(joining: Promise<{ readonly memberId: string }>): Promise<string> {
  const { memberId } = await joining.catch((error: unknown) => {
    if (kafkaCode(error) !== KAFKA.MEMBER_ID_REQUIRED) throw error
    return Reflect.get(error as Error, 'response') as { readonly memberId: string }
  })
  return memberId
}

/** Told to join anew: no trouble. */
function isRejoin(code: number | undefined): boolean {
  return (
    code === KAFKA.REBALANCE_IN_PROGRESS ||
    code === KAFKA.ILLEGAL_GENERATION ||
    code === KAFKA.UNKNOWN_MEMBER_ID ||
    code === KAFKA.MEMBER_ID_REQUIRED
  )
}
