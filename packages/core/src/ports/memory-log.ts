import { MillraceError } from '../errors.ts'
import { Signal } from '../internal/signal.ts'
import type { Batch, Log, NewRecord, OwnedShard, StoredCommand } from './log.ts'

interface Partition {
  readonly index: number
  readonly commands: StoredCommand[]
  readonly batches: Batch[]
  next: number
  epoch: number
  owner: AbortController | undefined
  /** Fires whenever a command or a batch has been added. */
  readonly added: Signal
}

export interface MemoryLogOptions {
  readonly partitions?: number
  /** For tests: awaited before each append of a shard; what it throws, the append fails with, and nothing is stored. */
  readonly beforeAppend?: (records: readonly NewRecord[]) => Promise<void> | undefined
}

/** The log in this process: for tests, and for whoever wants to see how small a `Log` can be. Gone when the process ends. */
export function createMemoryLog({ partitions = 12, beforeAppend }: MemoryLogOptions = {}): Log {
  const all: Partition[] = Array.from({ length: partitions }, (_, index) => ({
    index,
    commands: [],
    batches: [],
    next: 0,
    epoch: 0,
    owner: undefined,
    added: new Signal(),
  }))
  const closed = new AbortController()
  const partitionAt = (index: number): Partition => {
    if (closed.signal.aborted) throw closedError()
    const partition = all[index]
    if (partition === undefined) throw new TypeError(`partition: expected 0 to ${partitions - 1}, got ${index}`)
    return partition
  }

  return {
    partitions,
    identity: crypto.randomUUID(),
    maxCommandBytes: Infinity,
    trouble: () => (closed.signal.aborted ? closedError() : undefined),
    submit: async (index, command) => {
      const partition = partitionAt(index)
      const offset = partition.commands.length
      partition.commands.push({ ...command, offset })
      partition.added.fire()
      return Promise.resolve(offset)
    },
    own: async (work, signal) => {
      partitionAt(0)
      await Promise.all(
        all.map((partition) =>
          ownAgainAndAgain(partition, work, AbortSignal.any([signal, closed.signal]), { beforeAppend, closed: closed.signal }),
        ),
      )
    },
    read: (index, from, signal) => readBatches(partitionAt(index), from, AbortSignal.any([signal, closed.signal])),
    ends: async () => Promise.resolve(all.map(({ index }) => partitionAt(index).next)),
    async [Symbol.asyncDispose]() {
      closed.abort()
      for (const { owner } of all) owner?.abort()
      return Promise.resolve()
    },
  }
}

const closedError = (): MillraceError => new MillraceError('LOG_CLOSED', 'the log has been closed')

interface Surroundings {
  readonly beforeAppend: MemoryLogOptions['beforeAppend']
  readonly closed: AbortSignal
}

/** Until `signal` aborts, or another owner has taken over: then it is that one's. */
async function ownAgainAndAgain(
  partition: Partition,
  work: (shard: OwnedShard) => Promise<void>,
  signal: AbortSignal,
  surroundings: Surroundings,
): Promise<void> {
  while (!signal.aborted) {
    const lost = new AbortController()
    const shard = takeOver(partition, lost, surroundings)
    const release = (): void => lost.abort()
    signal.addEventListener('abort', release, { once: true })
    try {
      await work(shard)
    } finally {
      lost.abort()
      signal.removeEventListener('abort', release)
    }
    if (partition.epoch !== shard.epoch) return
  }
}

function takeOver(partition: Partition, lost: AbortController, { beforeAppend, closed }: Surroundings): OwnedShard {
  let last: Promise<void> | undefined
  let hasFailed = false
  partition.owner?.abort()
  partition.owner = lost
  const epoch = ++partition.epoch
  const data = JSON.stringify({ epoch, owner: 'memory' })
  const marker = appendTo(partition, [
    { kind: 'owned', type: 'owned', key: '', timeMs: 0, data, commandId: '', index: 0, commandOffset: -1, fingerprint: 0 },
  ])
  return {
    partition: partition.index,
    epoch,
    marker,
    signal: lost.signal,
    commands: (from, maxRecords) => readCommands(partition, from, maxRecords, lost.signal),
    append: async (records) => {
      const before = last ?? Promise.resolve()
      if (beforeAppend !== undefined) await (last = before.then(() => (hasFailed ? undefined : beforeAppend(records))).catch(fail))
      if (partition.epoch === epoch && !hasFailed && !closed.aborted) return Promise.resolve(appendTo(partition, [...records]))
      lost.abort()
      const at = { partition: partition.index }
      throw new MillraceError('LOG_FENCED', `partition ${partition.index} has a newer owner; this one has stopped`, { at })
    },
  }

  function fail(error: unknown): never {
    hasFailed = true
    lost.abort()
    throw error
  }
}

function appendTo(partition: Partition, records: readonly NewRecord[]): number {
  const first = partition.next
  partition.next += records.length
  partition.batches.push({ partition: partition.index, first, next: partition.next, records })
  partition.added.fire()
  return first
}

async function* readCommands(
  partition: Partition,
  from: number,
  maxRecords: number,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredCommand[]> {
  for (let next = from; !signal.aborted;) {
    if (next >= partition.commands.length) await partition.added.wait(signal)
    else {
      const taken = partition.commands.slice(next, next + maxRecords)
      next += taken.length
      yield taken
    }
  }
}

async function* readBatches(partition: Partition, from: number, signal: AbortSignal): AsyncGenerator<Batch> {
  let at = firstBatchFrom(partition.batches, from)
  while (!signal.aborted) {
    const batch = partition.batches[at]
    if (batch === undefined) await partition.added.wait(signal)
    else {
      at++
      if (batch.next > from) yield batch
    }
  }
}

/** The first batch that holds `from` or something after it. */
function firstBatchFrom(batches: readonly Batch[], from: number): number {
  let low = 0
  let high = batches.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (batches[middle]!.next <= from) low = middle + 1
    else high = middle
  }
  return low
}
