/** The brokers: who leads what, and connections to them. */
import { findCoordinatorV6, metadataV12, type API, type Connection } from '@platformatic/kafka'
import { MillraceError } from '@millrace/core'
import { askVersions, connect, type Address, type ConnectOptions } from './connect.ts'
import { deniedNames, isDenied, kafkaCode, kafkaReason, toMillraceError } from './failure.ts'

export interface ClusterOptions extends ConnectOptions {
  readonly brokers: readonly Address[]
}

interface Topic {
  readonly id: string
  /** The node that leads each partition, -1 where none does now. */
  readonly leaders: readonly number[]
}

/** How long after a look at the metadata the next one may come, in milliseconds: a storm of errors asks once. */
const REFRESH_EVERY_MS = 100
/** How long no broker may be reached before commands are refused at once, in milliseconds. */
const DOWN_AFTER_MS = 1_000
/** What brokers answer at once may take so long, in milliseconds, before it is doubted that they are there. */
const PROMPT_MS = 2_000

/** What kind of coordinator is asked for. Source: FindCoordinatorRequest.CoordinatorType. */
export const COORDINATOR = { group: 0, transaction: 1 } as const

export class Cluster {
  readonly #options: ClusterOptions
  readonly #connections = new Map<string, Promise<Connection>>()
  #nodes: ReadonlyMap<number, Address> = new Map()
  #topics: ReadonlyMap<string, Topic> = new Map()
  #watched: readonly string[] = []
  #refreshing: Promise<void> | undefined
  #refreshedAt = Number.NEGATIVE_INFINITY
  #downSince: number | undefined
  #downReason = ''
  /** Which broker is asked first. */
  #turn = 0
  #isClosed = false
  #isDoubting = false

  constructor(options: ClusterOptions) {
    this.#options = options
  }

  get addresses(): string {
    return this.#options.brokers.map(({ host, port }) => `${host}:${port}`).join(',')
  }

  get nodes(): number {
    return this.#nodes.size
  }

  /** Why no broker can be reached at this moment: undefined where one can, or the trouble is but a moment old. */
  trouble(): MillraceError | undefined {
    if (this.#downSince === undefined || performance.now() - this.#downSince < DOWN_AFTER_MS) return undefined
    // Whoever is turned away for this reason asks for nothing: then nobody else would find out that it has passed.
    if (!this.#isClosed) this.refresh().catch(() => undefined)
    return new MillraceError('LOG_UNAVAILABLE', `no Kafka broker can be reached at ${this.addresses}: ${this.#downReason}`)
  }

  /** As `answer`, which brokers give at once: where one does not, it is looked whether there is any. */
  async prompt<T>(answer: Promise<T>): Promise<T> {
    const late = setTimeout(() => void this.#doubt(), PROMPT_MS)
    try {
      return await answer
    } finally {
      clearTimeout(late)
    }
  }

  /**
   * Sees by new connections whether any broker is there. Where none is, those there are have died without a word: they are
   * ended, so that nobody goes on waiting for them.
   */
  async #doubt(): Promise<void> {
    if (this.#isClosed || this.#isDoubting || this.#nodes.size === 0) return
    this.#isDoubting = true
    const since = performance.now()
    this.#end((name) => name.endsWith('/any') || !name.includes('/'))
    try {
      await Promise.any([...this.#nodes.keys()].map((node) => this.#toNode(node, 'any')))
    } catch (error) {
      this.#downSince ??= since
      this.#downReason = kafkaReason((error as AggregateError).errors[0])
      this.#end(() => true)
    } finally {
      this.#isDoubting = false
    }
  }

  #end(isMeant: (name: string) => boolean): void {
    for (const [name, opening] of this.#connections) {
      if (!isMeant(name)) continue
      this.#connections.delete(name)
      opening.then(
        (connection) => connection.close(),
        () => undefined,
      )
    }
  }

  /** Sends one request, which is answered at once, to any broker. Tries all of them, once each. */
  async ask<Request extends unknown[], Answer>(api: API<Request, Answer>, ...request: Request): Promise<Answer> {
    const connection = await this.#any()
    try {
      return await this.prompt(api.async(connection, ...request))
    } catch (error) {
      // It refused, which is an answer, or it did not answer: then the next request goes to another one.
      if (kafkaCode(error) === undefined) this.#turn++
      throw error
    }
  }

  /** A connection to the leader of a partition, of its own for `purpose`: a broker answers one connection in order. */
  async leader(topic: string, partition: number, purpose: string): Promise<Connection> {
    let node = this.#topics.get(topic)?.leaders[partition] ?? -1
    if (node < 0 || !this.#nodes.has(node)) {
      await this.refresh()
      node = this.#topics.get(topic)?.leaders[partition] ?? -1
    }
    if (node < 0)
      throw new MillraceError('LOG_UNAVAILABLE', `partition ${partition} of ${topic} has no leader at the moment`, { at: { partition } })
    return this.#toNode(node, purpose)
  }

  /** A connection to the broker that keeps a group, or a transactional id. */
  async coordinator(kind: number, key: string, purpose: string): Promise<Connection> {
    const { coordinators } = await this.ask(findCoordinatorV6.api, kind, [key])
    const { host, port, nodeId } = coordinators[0]!
    return this.#connection(`${nodeId}/${purpose}`, { host, port })
  }

  topicId(topic: string): string {
    const id = this.#topics.get(topic)?.id
    if (id === undefined) throw new MillraceError('LOG_UNAVAILABLE', `topic ${topic} is not there at the moment`)
    return id
  }

  leaders(topic: string): readonly number[] {
    return this.#topics.get(topic)?.leaders ?? []
  }

  /** The partitions of each topic that exists. Leaders of these topics are known from now on. */
  async watch(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    this.#watched = topics
    this.#refreshedAt = Number.NEGATIVE_INFINITY
    await this.refresh()
    return new Map([...this.#topics].map(([name, { leaders }]) => [name, leaders.length]))
  }

  /** Asks who leads what, unless that was done a moment ago. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  /** The newest version of each API that the broker knows, by API key. */
  async versions(): Promise<ReadonlyMap<number, { readonly min: number; readonly max: number }>> {
    const { apiKeys } = await this.prompt(askVersions(await this.#any()))
    return new Map(apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { min: minVersion, max: maxVersion }]))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const open = [...this.#connections.values()]
    this.#connections.clear()
    await Promise.all(
      open.map((opening) =>
        opening.then(
          (connection) => connection.close(),
          () => undefined,
        ),
      ),
    )
  }

  async #refresh(): Promise<void> {
    const wait = this.#refreshedAt + REFRESH_EVERY_MS - performance.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    const { brokers, topics } = await this.ask(metadataV12.api, [...this.#watched], false, false).catch((error: unknown) => {
      // A topic that is missing, or without a leader, fails the whole answer; the rest of it is as good as ever.
      const response: unknown = error instanceof Error ? Reflect.get(error, 'response') : undefined
      if (isDenied(error)) {
        const denied = deniedNames(error, { list: 'topics', name: 'name', all: this.#watched })
        throw toMillraceError(error, 'asking who leads the topics', `Read, Write and DescribeConfigs on the topic ${denied}`)
      }
      if (response === undefined) throw error
      return response as Awaited<ReturnType<typeof metadataV12.api.async>>
    })
    this.#nodes = new Map(brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
    this.#topics = new Map(
      topics
        .filter(({ name, partitions }) => name !== null && partitions.length > 0)
        .map(({ name, topicId, partitions }) => {
          const leaders = new Array<number>(partitions.length).fill(-1)
          for (const { partitionIndex, leaderId } of partitions) leaders[partitionIndex] = leaderId
          return [name!, { id: topicId, leaders }]
        }),
    )
    this.#refreshedAt = performance.now()
  }

  /** A connection to whichever broker answers. */
  async #any(): Promise<Connection> {
    let last: unknown
    const nodes = [...this.#nodes.keys()]
    for (let tried = 0; tried < nodes.length; tried++) {
      try {
        return await this.#toNode(nodes[(this.#turn + tried) % nodes.length]!, 'any')
      } catch (error) {
        last = error
        if (isDenied(error)) throw error
      }
    }
    for (const address of this.#options.brokers) {
      try {
        return await this.#connection(`${address.host}:${address.port}`, address)
      } catch (error) {
        last = error
        if (isDenied(error)) throw error
      }
    }
    this.#downSince ??= performance.now()
    this.#downReason = kafkaReason(last)
    throw new MillraceError('LOG_UNAVAILABLE', `no Kafka broker can be reached at ${this.addresses}: ${this.#downReason}`, { cause: last })
  }

  #toNode(node: number, purpose: string): Promise<Connection> {
    const address = this.#nodes.get(node)
    if (address === undefined) throw new MillraceError('LOG_UNAVAILABLE', `broker ${node} is not known any more`)
    return this.#connection(`${node}/${purpose}`, address)
  }

  #connection(name: string, address: Address): Promise<Connection> {
    if (this.#isClosed) return Promise.reject(new MillraceError('LOG_CLOSED', 'the log has been closed'))
    const known = this.#connections.get(name)
    if (known !== undefined) return known
    const forget = (): void => {
      if (this.#connections.get(name) === opening) this.#connections.delete(name)
    }
    const opening = connect(address, this.#options, forget).then((connection) => {
      this.#downSince = undefined
      return connection
    })
    this.#connections.set(name, opening)
    opening.catch(forget)
    return opening
  }
}
