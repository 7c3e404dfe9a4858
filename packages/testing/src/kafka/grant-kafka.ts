import type { KafkaCluster } from './kafka-cluster.ts'
import { runJava } from './run-java.ts'

/** One resource, or all whose names begin so. */
export interface KafkaGrant {
  readonly user: string
  /** As kafka-acls calls it. */
  readonly resource: 'topic' | 'group' | 'transactional-id' | 'cluster'
  /** `*` for any. Nothing for `cluster`, of which there is one. */
  readonly name?: string
  /** Whether `name` is only how names begin (default false). */
  readonly isPrefix?: boolean
  /** As kafka-acls calls them: Read, Write, Create, Describe, DescribeConfigs … or All. */
  readonly operations: readonly string[]
}

/**
 * Grants rights on a cluster with `acls` by Kafka's own tool, in turn, about two seconds each. Brokers know of them a
 * moment after it resolves.
 */
export async function grantKafka({ internal }: Pick<KafkaCluster, 'internal'>, ...grants: readonly KafkaGrant[]): Promise<void> {
  for (const { user, resource, name, isPrefix = false, operations } of grants)
    await runJava('org.apache.kafka.tools.AclCommand', [
      ...['--bootstrap-server', internal.join(','), '--add', '--force', '--allow-principal', `User:${user}`],
      ...operations.flatMap((operation) => ['--operation', operation]),
      ...[`--${resource}`, ...(name === undefined ? [] : [name])],
      ...(resource === 'cluster' ? [] : ['--resource-pattern-type', isPrefix ? 'prefixed' : 'literal']),
    ])
}
