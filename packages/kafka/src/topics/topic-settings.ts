/** The settings of the two topics: what they are made with, and what is checked where they exist. */

/** What a topic is to have: `wanted` where it is made here, `check` where it is there already. Undefined: as it is. */
export interface TopicSetting {
  readonly name: string
  readonly wanted: string | undefined
  /** Why a value will not do. */
  readonly check: (value: string) => string | undefined
}

const DAY_MS = 86_400_000
/** Bytes of one record batch: the broker's, its followers' and every consumer's unit. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024
/** What the data of the largest command, and its headers, need. */
const LEAST_MESSAGE_BYTES = 1_100_000

const is = (expected: string, why: string) => (value: string) => (value === expected ? undefined : `expected ${expected}: ${why}`)

const common: readonly TopicSetting[] = [
  { name: 'cleanup.policy', wanted: 'delete', check: is('delete', 'compaction would take batches apart') },
  {
    name: 'max.message.bytes',
    wanted: String(MAX_MESSAGE_BYTES),
    check: (value) =>
      Number(value) >= LEAST_MESSAGE_BYTES ? undefined : `expected at least ${LEAST_MESSAGE_BYTES}: a command's data may take 1 MiB`,
  },
  {
    name: 'message.timestamp.type',
    wanted: 'CreateTime',
    check: is('CreateTime', 'decisions are made with the time that the record carries'),
  },
  {
    name: 'unclean.leader.election.enable',
    wanted: 'false',
    check: is('false', 'a broker that missed acknowledged records could become the leader, and they would be gone'),
  },
]

export const commandsSettings: readonly TopicSetting[] = [
  ...common,
  {
    name: 'retention.ms',
    wanted: String(7 * DAY_MS),
    check: (value) =>
      value === '-1' || Number(value) >= DAY_MS
        ? undefined
        : `expected -1 or at least ${DAY_MS} (a day): undecided commands would be deleted`,
  },
  { name: 'retention.bytes', wanted: '-1', check: is('-1', 'undecided commands would be deleted') },
]

export const eventsSettings: readonly TopicSetting[] = [
  ...common,
  { name: 'retention.ms', wanted: '-1', check: is('-1', 'events are kept for ever: state and read models are folds of them') },
  { name: 'retention.bytes', wanted: '-1', check: is('-1', 'events are kept for ever: state and read models are folds of them') },
]

/** What is wrong with a topic's settings, one line each, with what mends it. */
export function wrongSettings(topic: string, settings: readonly TopicSetting[], values: ReadonlyMap<string, string>): readonly string[] {
  const problems: string[] = []
  for (const { name, wanted, check } of settings) {
    const value = values.get(name)
    const why = value === undefined ? undefined : check(value)
    if (why === undefined) continue
    problems.push(
      `topic ${topic}: ${name} is ${value!}; ${why}. Mend it with: kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${name}=${wanted ?? '…'}`,
    )
  }
  return problems
}
