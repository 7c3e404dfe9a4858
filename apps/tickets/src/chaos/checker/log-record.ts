/** The topics as an ordinary Kafka client gives them, read by their headers alone: nothing here is shared with the framework. */

export interface TopicRecord {
  readonly partition: number
  readonly offset: number
  /** Epoch milliseconds. */
  readonly timestamp: number
  readonly key: string
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
}

/** A record of `<app>.commands`. */
export interface LoggedCommand {
  readonly partition: number
  readonly offset: number
  readonly timeMs: number
  readonly id: string
  readonly type: string
  readonly key: string
  readonly data: unknown
}

/** A record of `<app>.events`. */
export interface LogRecord {
  readonly partition: number
  readonly offset: number
  readonly timeMs: number
  /** `event`, or the word after `millrace.` in its type: `rejected`, `scheduled`, `owned` … */
  readonly kind: string
  readonly type: string
  readonly key: string
  readonly data: unknown
  /** Empty for a marker. */
  readonly commandId: string
  /** Which record of its command, from 0; NaN where its id does not say. */
  readonly index: number
  /** The offset of its command, -1 for a timer's. */
  readonly commandOffset: number
  /** Where a batch begins: the offset of the marker in whose name it was written. */
  readonly owner: number | undefined
}

export function toLoggedCommand({ partition, offset, timestamp, key, value, headers }: TopicRecord): LoggedCommand {
  const { ce_id: id = '', ce_type: type = '' } = headers
  return { partition, offset, timeMs: timestamp, id, type, key, data: JSON.parse(value) }
}

export function toLogRecord({ partition, offset, timestamp, key, value, headers }: TopicRecord): LogRecord {
  const { ce_id: id = '', ce_type: text = '', ce_causationid: commandId = '', ce_commandoffset: commandOffset, ce_owner: owner } = headers
  const [, kind = 'event', type = text] = /^millrace\.([a-z]+)\.?(.*)$/s.exec(text) ?? []
  return {
    partition,
    offset,
    timeMs: timestamp,
    kind,
    type,
    key,
    data: JSON.parse(value),
    commandId,
    index: kind === 'owned' ? 0 : id.startsWith(`${commandId}.`) ? Number(id.slice(commandId.length + 1)) : Number.NaN,
    commandOffset: Number(commandOffset ?? -1),
    owner: owner === undefined ? undefined : Number(owner),
  }
}
