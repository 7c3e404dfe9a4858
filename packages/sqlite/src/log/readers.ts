import type { Batch, StoredCommand } from '@millrace/core'
import type { Bell } from './bell.ts'
import type { CommandTail } from './command-tail.ts'
import type { EventTail } from './event-tail.ts'
import type { LogFile } from './log-file.ts'
import type { Turns } from './turns.ts'

interface Source<Tail, Read extends keyof LogFile> {
  readonly file: Pick<LogFile, Read>
  readonly partition: number
  readonly tail: Tail
  readonly turns: Turns
  /** Throws where the log is closed. */
  readonly check: () => void
}

/** From memory where the reader follows closely, else from the database, in turns that let other work in between. */
export async function* readEvents(
  { file, partition, tail, turns, check }: Source<EventTail, 'readEvents'>,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const stop = ringOnAbort(tail.bell, signal)
  try {
    for (let position = from; !signal.aborted;) {
      check()
      const recent = tail.at(position)
      if (recent !== undefined) {
        position = recent.next
        yield recent
      } else if (position < tail.durable) {
        await turns.next()
        if (isAborted(signal)) return
        check()
        if (position >= tail.durable) continue
        const batch = file.readEvents(partition, position, tail.durable)
        position = batch.next
        yield batch
      } else await tail.bell.heard()
    }
  } finally {
    stop()
  }
}

export async function* readCommands(
  { file, partition, tail, turns, check }: Source<CommandTail, 'readCommands'>,
  { from, maxRecords }: { readonly from: number; readonly maxRecords: number },
  signal: AbortSignal,
): AsyncGenerator<readonly StoredCommand[]> {
  const stop = ringOnAbort(tail.bell, signal)
  try {
    for (let position = from; !signal.aborted;) {
      check()
      let waiting: readonly StoredCommand[] = []
      // All that waits, up to `maxRecords`: first what is only in the database, then what is in memory.
      while (waiting.length < maxRecords && position + waiting.length < tail.first) {
        await turns.next()
        if (isAborted(signal)) return
        check()
        if (position + waiting.length >= tail.first) break
        waiting = waiting.concat(file.readCommands(partition, position + waiting.length, tail.first))
      }
      if (waiting.length < maxRecords && position + waiting.length < tail.end) {
        const recent = tail.slice(position + waiting.length, maxRecords - waiting.length)
        waiting = waiting.length === 0 ? recent : waiting.concat(recent)
      }
      if (waiting.length === 0) {
        await tail.bell.heard()
        continue
      }
      for (let start = 0; start < waiting.length; start += maxRecords) {
        if (isAborted(signal)) return
        const some = waiting.slice(start, start + maxRecords)
        position += some.length
        yield some
      }
    }
  } finally {
    stop()
  }
}

/** A function, since TypeScript takes a property to stay as it was while others run. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted

/** An abort wakes all who wait at `bell`; those not meant wait again. */
function ringOnAbort(bell: Bell, signal: AbortSignal): () => void {
  const ring = (): void => bell.ring()
  signal.addEventListener('abort', ring, { once: true })
  return () => signal.removeEventListener('abort', ring)
}
