import { openKafkaCluster } from '@millrace/testing/kafka'

/** The one broker that all peers share. */
export interface Broker extends AsyncDisposable {
  /** `host:port`. */
  readonly bootstrap: string
}

/** A fresh broker of our own, or the one that is named: that is neither started nor stopped. */
export async function openBroker(bootstrap?: string): Promise<Broker> {
  if (bootstrap !== undefined) return { bootstrap, [Symbol.asyncDispose]: async () => {} }
  const cluster = await openKafkaCluster({ brokers: 1 })
  return { bootstrap: cluster.bootstrap[0]!, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() }
}
