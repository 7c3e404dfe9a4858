import { setTimeout as sleep } from 'node:timers/promises'
import { heartbeatV4, joinGroupV9, leaveGroupV5, syncGroupV5, type Connection } from '@platformatic/kafka'
import { COORDINATOR, type Cluster } from '../client/cluster.ts'
import { isDenied, KAFKA, kafkaCode, toMillraceError } from '../client/failure.ts'
import { Backoff } from '../client/retry.ts'
import { MillraceError } from '@millrace/core'
import { assign } from './assignment.ts'
import { decodeAssignment, decodeOwned, encodeAssignment, encodeSubscription } from './group-protocol.ts'

/** How long members have to come back when the group is balanced anew, in milliseconds. */
const REBALANCE_TIMEOUT_MS = 10_000
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
  readonly #heard: (() => void)[] = []

  constructor(options: MembershipOptions) {
    this.#options = options
  }

  /** Whether it has been given its share, be that nothing at all. */
  get hasJoined(): boolean {
    return this.#joined !== undefined
  }

  /** Resolves after the group has confirmed this member once more, or `signal` aborts. */
  confirmed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      this.#heard.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
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
        const what = `joining the consumer group ${this.#options.groupId}`
        if (isDenied(error)) throw toMillraceError(error, what)
        if (code === KAFKA.FENCED_INSTANCE_ID)
          throw new MillraceError(
            'LOG_HELD',
            `${what}: another process has the instance id '${this.#options.instanceId ?? ''}'; give each its own`,
          )
        if (code === KAFKA.UNKNOWN_MEMBER_ID) this.#memberId = ''
        if (!isRejoin(code)) await backoff.wait(signal)
      }
    }
    await this.#leave()
  }

  async #join(signal: AbortSignal): Promise<Joined> {
    const { cluster, groupId, topic, sessionTimeoutMs, instanceId, held } = this.#options
    const connection = await cluster.coordinator(COORDINATOR.group, groupId, 'group')
    const protocols = [{ name: PROTOCOL, metadata: encodeSubscription(topic, held()) }]
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
    const answer = await join().catch((error: unknown) => {
      if (kafkaCode(error) !== KAFKA.MEMBER_ID_REQUIRED) throw error
      this.#memberId = (Reflect.get(error as Error, 'response') as { readonly memberId: string }).memberId
      return join()
    })
    this.#memberId = answer.memberId
    const shares =
      answer.leader === answer.memberId
        ? this.#share(answer.members.map(({ memberId, metadata }) => ({ id: memberId, owned: decodeOwned(metadata ?? Buffer.alloc(0)) })))
        : []
    const { assignment } = await syncGroupV5.api.async(
      connection,
      groupId,
      answer.generationId,
      this.#memberId,
      instanceId ?? null,
      'consumer',
      PROTOCOL,
      shares,
    )
    this.#confirm()
    if (!signal.aborted) this.#options.onAssigned(decodeAssignment(assignment))
    return { connection, generation: answer.generationId }
  }

  #share(members: Parameters<typeof assign>[0]): { memberId: string; assignment: Buffer }[] {
    const { topic, partitions } = this.#options
    return [...assign(members, partitions)].map(([memberId, mine]) => ({ memberId, assignment: encodeAssignment(topic, mine) }))
  }

  /** Says that it is there, until it is told to join anew: by an error that `isRejoin`. */
  async #stay({ connection, generation }: Joined, signal: AbortSignal): Promise<void> {
    const { groupId, heartbeatMs, instanceId } = this.#options
    while (!signal.aborted) {
      await sleep(heartbeatMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      await heartbeatV4.api.async(connection, groupId, generation, this.#memberId, instanceId ?? null)
      this.#confirm()
    }
  }

  #confirm(): void {
    for (const resolve of this.#heard.splice(0)) resolve()
  }

  /** A member with a name of its own stays one: it is expected back. */
  async #leave(): Promise<void> {
    const { groupId, instanceId } = this.#options
    if (this.#joined === undefined || instanceId !== undefined) return
    const { connection } = this.#joined
    await leaveGroupV5.api.async(connection, groupId, [{ memberId: this.#memberId, reason: 'stopped' }]).catch(() => undefined)
  }
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
