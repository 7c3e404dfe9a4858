import type { Log } from '@millrace/core'
import { openKafkaLog } from '@millrace/kafka'
import { openSqliteLog } from '@millrace/sqlite'
import type { WorkloadName } from './workloads.ts'

export const PARTITIONS = 4

/** Where a past is: on a broker, or in a directory. */
export interface Past {
  readonly workload: WorkloadName
  readonly bootstrap?: string
  readonly directory: string
}

export const openPast = ({ workload, bootstrap, directory }: Past): Promise<Log> =>
  bootstrap === undefined
    ? openSqliteLog(directory, { partitions: PARTITIONS })
    : openKafkaLog({ brokers: [bootstrap], app: workload, partitions: PARTITIONS })
