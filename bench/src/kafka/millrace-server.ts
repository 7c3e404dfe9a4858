/** The app of `millrace-app.ts` on Kafka, in a process of its own. Ready once it runs, whether or not it has caught up. */
import { start } from '@millrace/core'
import { openKafkaLog, type KafkaLogOptions } from '@millrace/kafka'
import { serveParent } from '../shared/child.ts'
import { reservations } from './millrace-app.ts'

await serveParent<KafkaLogOptions, object>(async (options) => {
  const running = await start(reservations(options.app), { log: await openKafkaLog(options) })
  return { ready: {}, answer: async () => undefined, close: () => running.stop() }
})
