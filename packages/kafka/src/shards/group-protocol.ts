/**
 * What members of a consumer group tell each other, as every Kafka client writes it, so that Kafka's own tools show who
 * holds what. Source: ConsumerProtocolSubscription (version 1) and ConsumerProtocolAssignment (version 0).
 */

/** What a member brings to the group: the topic, and the partitions it holds. */
export function encodeSubscription(topic: string, owned: readonly number[]): Buffer {
  const name = Buffer.from(topic)
  const bytes = Buffer.alloc(2 + 4 + 2 + name.length + 4 + 4 + 2 + name.length + 4 + 4 * owned.length)
  let at = bytes.writeInt16BE(1, 0)
  at = bytes.writeInt32BE(1, at)
  at = writeName(bytes, name, at)
  at = bytes.writeInt32BE(-1, at) // no user data
  at = bytes.writeInt32BE(1, at)
  at = writeName(bytes, name, at)
  at = bytes.writeInt32BE(owned.length, at)
  for (const partition of owned) at = bytes.writeInt32BE(partition, at)
  return bytes
}

/** The partitions a member says it holds: none where it says so in a way that is not known. */
export function decodeOwned(bytes: Buffer): readonly number[] {
  try {
    if (bytes.readInt16BE(0) < 1) return []
    let at = 6
    for (let topics = bytes.readInt32BE(2); topics > 0; topics--) at += 2 + bytes.readInt16BE(at)
    at += 4 + Math.max(0, bytes.readInt32BE(at))
    const owned: number[] = []
    let topics = bytes.readInt32BE(at)
    at += 4
    for (; topics > 0; topics--) at = readPartitions(bytes, at, owned)
    return owned
  } catch (error) {
    if (error instanceof RangeError) return []
    throw error
  }
}

/** What a member is given. */
export function encodeAssignment(topic: string, partitions: readonly number[]): Buffer {
  const name = Buffer.from(topic)
  const bytes = Buffer.alloc(2 + 4 + 2 + name.length + 4 + 4 * partitions.length + 4)
  let at = bytes.writeInt16BE(0, 0)
  at = bytes.writeInt32BE(1, at)
  at = writeName(bytes, name, at)
  at = bytes.writeInt32BE(partitions.length, at)
  for (const partition of partitions) at = bytes.writeInt32BE(partition, at)
  bytes.writeInt32BE(-1, at)
  return bytes
}

export function decodeAssignment(bytes: Buffer): readonly number[] {
  const partitions: number[] = []
  if (bytes.length < 6) return partitions
  let at = 6
  for (let topics = bytes.readInt32BE(2); topics > 0; topics--) at = readPartitions(bytes, at, partitions)
  return partitions
}

function writeName(bytes: Buffer, name: Buffer, at: number): number {
  const start = bytes.writeInt16BE(name.length, at)
  name.copy(bytes, start)
  return start + name.length
}

function readPartitions(bytes: Buffer, start: number, into: number[]): number {
  let at = start + 2 + bytes.readInt16BE(start)
  const count = bytes.readInt32BE(at)
  at += 4
  for (let index = 0; index < count; index++, at += 4) into.push(bytes.readInt32BE(at))
  return at
}
