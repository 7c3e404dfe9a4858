/** What is put to the test: three brokers, a proxy before each, three processes of the app. */
import path from 'node:path'
import { freePorts, openKafkaCluster, openTcpProxy, type KafkaCluster, type TcpProxy } from '@millrace/testing/kafka'
import { createAppInstance, type AppInstance } from './app-instance.ts'

export interface System extends AsyncDisposable {
  readonly cluster: KafkaCluster
  /** Of each broker, in their order. */
  readonly proxies: readonly TcpProxy[]
  readonly instances: readonly AppInstance[]
}

export interface SystemOptions {
  readonly directory: string
  readonly partitions: number
  readonly onCrash: (problem: string) => void
  readonly say: (text: string) => void
}

const BROKERS = 3
const INSTANCES = 3

/** Resolves when all serve. */
export async function openSystem({ directory, partitions, onCrash, say }: SystemOptions): Promise<System> {
  await using opened = new AsyncDisposableStack()
  const proxies: TcpProxy[] = []
  const cluster = opened.use(
    await openKafkaCluster({
      brokers: BROKERS,
      say,
      // Who was killed leads again soon, so that the next one to go is a leader too.
      config: { 'leader.imbalance.check.interval.seconds': '5' },
      advertisedPort: async ({ id, port }) => {
        const proxy = opened.use(await openTcpProxy({ to: { host: '127.0.0.1', port } }))
        proxies[id - 1] = proxy
        return proxy.port
      },
    }),
  )
  const instances: AppInstance[] = []
  for (const [index, port] of (await freePorts(INSTANCES)).entries()) {
    const instance = createAppInstance({
      index,
      port,
      logFile: path.join(directory, `instance-${index}.log`),
      onCrash,
      env: {
        MILLRACE_LOG: `kafka://${cluster.bootstrap.join(',')}`,
        MILLRACE_CHECKPOINTS: `sqlite:${path.join(directory, `shards-${index}`)}`,
        MILLRACE_PARTITIONS: String(partitions),
        TICKETS_DEMO: 'off',
      },
    })
    opened.defer(() => instance.kill())
    instances.push(instance)
  }
  await Promise.all(instances.map((instance) => instance.start()))
  const all = opened.move()
  return { cluster, proxies, instances, [Symbol.asyncDispose]: () => all.disposeAsync() }
}
