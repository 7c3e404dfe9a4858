/** The one broker that all peers share. */
export interface Broker extends AsyncDisposable {
  /** `host:port`. */
  readonly bootstrap: string
}

/** A fresh broker of our own, or the one that is named: that is neither started nor stopped. */
export async function openBroker(bootstrap?: string): Promise<Broker> {
  if (bootstrap !== undefined) return { bootstrap, [Symbol.asyncDispose]: async () => {} }
  // By a variable as long as the door is being built: the compiler would look for it.
  const door = ['@millrace/testing', 'kafka'].join('/')
  const { openKafkaCluster } = (await import(door)) as {
    readonly openKafkaCluster: (options: { readonly brokers: number }) => Promise<Broker>
  }
  return openKafkaCluster({ brokers: 1 })
}
