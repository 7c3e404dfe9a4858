import assert from 'node:assert/strict'
import type { Log, NewRecord, Receipt } from '@millrace/core'
import type { History } from './history.ts'

export interface LoggedRecord extends NewRecord {
  readonly partition: number
  readonly offset: number
}

export interface VerifyOptions {
  /** Whether offsets may have gaps, in `commands` as between batches of `events` (default false). */
  readonly mayHaveGaps?: boolean
}

/** All of `events`, partition by partition. Checks on the way that offsets rise without a gap. */
export async function readLog(log: Log, { mayHaveGaps = false }: VerifyOptions = {}): Promise<readonly LoggedRecord[]> {
  const all: LoggedRecord[] = []
  for (const [partition, end] of (await log.ends()).entries()) {
    let next = 0
    const enough = new AbortController()
    if (end > 0) {
      for await (const batch of log.read(partition, 0, enough.signal)) {
        const isNext = batch.first === next || (mayHaveGaps && batch.first > next)
        assert.ok(isNext, `events[${partition}]: a batch at ${batch.first} follows offset ${next - 1}`)
        for (const [at, record] of batch.records.entries()) all.push({ ...record, partition, offset: batch.first + at })
        next = batch.next
        if (next >= end) break
      }
      enough.abort()
    }
  }
  return all
}

/**
 * Holds the log to what clients were told and to the promises of a shard:
 * every command id has at most one answer, a contiguous one; every acknowledged one has exactly the answer it was told;
 * nothing is there that nobody sent; commands were decided in order, each once; epochs rise.
 */
export function verifyLog(
  records: readonly LoggedRecord[],
  { attempts, answers }: History,
  { mayHaveGaps = false }: VerifyOptions = {},
): void {
  const byCommand = new Map<string, LoggedRecord[]>()
  const nextCommand = new Map<number, number>()
  const epochs = new Map<number, number>()
  const times = new Map<number, number>()
  let before: LoggedRecord | undefined
  for (const record of records) {
    const { partition, kind, index, commandOffset } = record
    const commandId = nameOf(record)
    const where = `events[${partition}] at ${record.offset}`
    if (kind === 'owned') {
      const { epoch, renewed } = JSON.parse(record.data) as { readonly epoch: number; readonly renewed?: boolean }
      const before = epochs.get(partition) ?? -1
      assert.ok(epoch > before || (renewed === true && epoch === before), `${where}: epoch ${epoch} after ${before}`)
      epochs.set(partition, epoch)
    } else if (kind !== 'reacted') {
      assert.ok(record.timeMs >= (times.get(partition) ?? 0), `${where}: recorded time goes back`)
      times.set(partition, record.timeMs)
      if (kind === 'parked') assert.equal(index, 0, `${where}: what is parked leaves one record`)
      else if (kind === 'repeated') assert.ok(byCommand.has(commandId), `${where}: a repeat of ${commandId}, which has no first answer`)
      else {
        const own = byCommand.get(commandId) ?? []
        assert.equal(index, own.length, `${where}: record ${index} of ${commandId}, which has ${own.length}: a second answer, or a gap`)
        assert.ok(
          index === 0 || (before?.commandId === record.commandId && before.partition === partition),
          `${where}: ${commandId} is not contiguous`,
        )
        byCommand.set(commandId, [...own, record])
        if (commandOffset >= 0 && !isReaction(record)) assert.ok(attempts.has(commandId), `${where}: nobody sent ${commandId}`)
      }
      if (commandOffset >= 0 && index === 0) {
        const expected = nextCommand.get(partition) ?? 0
        const isNext = commandOffset === expected || (mayHaveGaps && commandOffset > expected)
        assert.ok(isNext, `${where}: command ${commandOffset} was decided when ${expected} was next`)
        nextCommand.set(partition, commandOffset + 1)
      }
    }
    before = record
  }
  for (const [commandId, told] of answers) {
    const stored = byCommand.get(commandId)
    assert.ok(stored, `${commandId} was acknowledged (${told[0]?.outcome}), and is not in the log`)
    for (const receipt of told) verifyReceipt(receipt, stored)
  }
}

/** Sent by a reactor. What it may send, and that it does, is for the app's own check. */
const isReaction = ({ commandId }: NewRecord): boolean => commandId.startsWith('~')

/** A reactor's command is the same whatever its sender vouched for: that is behind the last mark of its id. */
const nameOf = (record: NewRecord): string =>
  isReaction(record) && record.commandOffset >= 0 ? record.commandId.slice(0, record.commandId.lastIndexOf('~')) : record.commandId

function verifyReceipt(receipt: Receipt, stored: readonly LoggedRecord[]): void {
  const { commandId, outcome } = receipt
  const [first] = stored
  assert.ok(first)
  const said = first.kind === 'rejected' || first.kind === 'failed' ? first.kind : 'accepted'
  assert.equal(outcome, said, `${commandId} was told '${outcome}', and the log says '${said}'`)
  const events = stored.filter(({ kind }) => kind === 'event').map(({ type, data }) => ({ type, data: JSON.parse(data) as unknown }))
  assert.deepEqual(receipt.events, events, `${commandId}: the events it was told are not those of the log`)
  if (receipt.outcome === 'rejected') assert.equal(receipt.code, (JSON.parse(first.data) as { readonly code: string }).code)
  if (said !== 'accepted') assert.equal(stored.length, 1, `${commandId} was refused, and left more than that`)
}
