import type { Log } from '../ports/log.ts'
import type { ReadStore } from '../ports/read-store.ts'
import type { ShardCheckpoints } from '../ports/shard-checkpoints.ts'
import type { SharedReadStore } from '../ports/shared-read-store.ts'

/** What an app is given, and closes. */
export interface Given {
  readonly log: Log
  readonly store: ReadStore | SharedReadStore | undefined
  readonly checkpoints: ShardCheckpoints | undefined
}

/** All of them, even where one can't be closed. */
export async function closeAll({ checkpoints, store, log }: Given): Promise<void> {
  try {
    await checkpoints?.[Symbol.asyncDispose]()
  } finally {
    try {
      await store?.[Symbol.asyncDispose]()
    } finally {
      await log[Symbol.asyncDispose]()
    }
  }
}
