/**
 * Where a shard keeps what it folded, so that a restart reads only what came after. A cache of the log: deleting it
 * loses nothing but time. Values are what the structured clone algorithm can copy.
 */
export interface ShardCheckpoints extends AsyncDisposable {
  /** The checkpoint of a partition, or undefined where there is none of that `version`. */
  open(partition: number, version: string): Promise<ShardCheckpoint | undefined>
  /**
   * Keeps `states` on top of those kept before, and `summary`, at offset `next`: all or nothing.
   * Takes copies of them before it returns: they may change at once afterwards.
   */
  save(
    partition: number,
    version: string,
    checkpoint: { readonly next: number; readonly summary: unknown; readonly states: ReadonlyMap<string, unknown> },
  ): Promise<void>
}

export interface ShardCheckpoint {
  /** All of `events[partition]` before this offset is in it. */
  readonly next: number
  readonly summary: unknown
  /** The state kept last under that name, or undefined. Synchronous: it stands on the path of a command. */
  load(name: string): unknown
}
